import type { ServerResponse } from 'node:http'

/** Many changes in a row are one picture. */
const PAUSE_MS = 100

interface View {
  readonly view: unknown
  /** @returns what ends it */
  observe(listener: () => void): () => void
}

/** What a server shows of itself, as server-sent events: now, and after each change. */
export function sendView(watch: View, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
  let timer: NodeJS.Timeout | undefined
  const send = () => {
    timer = undefined
    response.write(`event: view\ndata: ${JSON.stringify(watch.view)}\n\n`)
  }
  send()
  const stop = watch.observe(() => (timer ??= setTimeout(send, PAUSE_MS)))
  response.once('close', () => {
    stop()
    clearTimeout(timer)
  })
}
