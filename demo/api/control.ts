import type { IncomingMessage, ServerResponse } from 'node:http'
import { read } from '../provider/forward.ts'
import { BEHAVIOURS, type Behaviour, type Conduct } from './behaviour.ts'
import type { Live } from './live.ts'
import type { ApiWatch } from './watch.ts'

/** Many changes in a row are one picture. */
const PAUSE_MS = 100

/** Serves the switches to the demo's page: GET /control/state and /control/events, POST /control/behaviour and /control/cut. */
export function createControl(conduct: Conduct, watch: ApiWatch, live: Live) {
  return async (request: IncomingMessage, response: ServerResponse, path: string) => {
    const json = (status: number, value: unknown) => {
      response.writeHead(status, {
        'content-type': 'application/json',
        'cache-control': 'no-store',
      })
      response.end(JSON.stringify(value))
    }
    const action = `${request.method} ${path.slice('/control/'.length)}`
    if (action === 'GET state') return json(200, watch.view)
    if (action === 'GET events') return sendView(watch, response)
    if (action === 'POST cut') live.cut()
    else if (action === 'POST behaviour') {
      const behaviour = (await read(request)).toString()
      if (!isBehaviour(behaviour)) return json(400, { error: 'no such behaviour' })
      conduct.behaviour = behaviour
      watch.changed()
    } else return json(404, { error: 'no such switch' })
    return json(200, watch.view)
  }
}

const isBehaviour = (given: string): given is Behaviour => BEHAVIOURS.some((one) => one === given)

function sendView(watch: ApiWatch, response: ServerResponse): void {
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
