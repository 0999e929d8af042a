import { request as send, type IncomingMessage, type ServerResponse } from 'node:http'

/** Hands a request on to a process of the backend, as it came, and its answer back. */
export function forwardTo(
  port: number | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  return new Promise((resolve) => {
    const away = () => {
      if (response.headersSent) response.destroy()
      else response.writeHead(503, { 'retry-after': '1' }).end()
      resolve()
    }
    if (port === undefined) return away()
    const { method, url, headers } = request
    const there = { host: '127.0.0.1', port, method, path: url, headers }
    const outgoing = send(there, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
      answer.once('error', away)
      response.once('close', () => resolve())
    })
    outgoing.once('error', away)
    response.once('close', () => outgoing.destroy())
    request.pipe(outgoing)
  })
}
