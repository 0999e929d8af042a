import type { AddressInfo } from 'node:net'
import type { ViteDevServer } from 'vite'
import { sendView } from '../send-view.ts'
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
