import type { AddressInfo } from 'node:net'
import type { ServerResponse } from 'node:http'
import type { ViteDevServer } from 'vite'
import type { ServerWatch } from './server-view.ts'
import { startBackend, type BackendOptions } from './start-backend.ts'

/** Puts the backend behind the page's own port, at /bff, and what can be seen of it at /server-view. */
export function serveBackend(
  { httpServer, middlewares }: ViteDevServer,
  options: Omit<BackendOptions, 'origin'>,
): void {
  if (!httpServer) throw new Error('The backend needs a server of its own: no middleware mode.')
  const origin = new Promise<string>((resolve) => {
    httpServer.once('listening', () => {
      const { port } = httpServer.address() as AddressInfo
      resolve(`http://127.0.0.1:${port}`)
    })
  })
  const backend = startBackend({ ...options, origin })
  httpServer.once('close', () => backend.close())
  httpServer.on('upgrade', (request, socket, head) => {
    if (!request.url?.startsWith('/bff/')) return
    backend.upgrade(request, socket, head).catch(() => socket.destroy())
  })
  middlewares.use((request, response, next) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    if (pathname === '/server-view') return sendView(backend.watch, response)
    if (!pathname.startsWith('/bff/')) return next()
    backend.answer(request, response).catch(next)
  })
}

/** Many changes in a row are one picture. */
const PAUSE_MS = 100

function sendView(watch: ServerWatch, response: ServerResponse): void {
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
