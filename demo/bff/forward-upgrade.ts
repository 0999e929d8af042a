import { request as send, type IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'

/** Hands a request for a WebSocket on to a process of the backend, and joins the two connections. */
export function forwardUpgrade(
  port: number | undefined,
  { method, url, headers }: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): void {
  socket.on('error', () => socket.destroy())
  if (port === undefined) return void socket.end('HTTP/1.1 503 Service Unavailable\r\n\r\n')
  const outgoing = send({ host: '127.0.0.1', port, method, path: url, headers })
  outgoing.once('upgrade', (answer, upstream, early) => {
    upstream.on('error', () => upstream.destroy())
    socket.write(headOf(answer))
    socket.write(early)
    upstream.write(head)
    socket.pipe(upstream).pipe(socket)
    socket.once('close', () => upstream.destroy())
    upstream.once('close', () => socket.destroy())
  })
  outgoing.once('response', (answer) => {
    answer.resume()
    socket.end(headOf(answer))
  })
  outgoing.once('error', () => socket.destroy())
  socket.once('close', () => outgoing.destroy())
  outgoing.end()
}

function headOf({ statusCode, statusMessage, rawHeaders }: IncomingMessage): string {
  const lines = [`HTTP/1.1 ${statusCode} ${statusMessage}`]
  for (let at = 0; at < rawHeaders.length; at += 2) {
    lines.push(`${rawHeaders[at]}: ${rawHeaders[at + 1]}`)
  }
  return `${lines.join('\r\n')}\r\n\r\n`
}
