import type { NodeSocket } from './node-types.ts'

const REASONS: Record<number, string> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
}

/** Answers a request for an upgrade with a response instead: Node gives the bare socket for both (RFC 9112 §4). */
export async function refuseUpgrade(socket: NodeSocket, response: Response): Promise<void> {
  const { status, headers } = response
  const body = await response.text()
  const lines = [
    `HTTP/1.1 ${status} ${REASONS[status] ?? ''}`,
    ...[...headers].map(([name, value]) => `${name}: ${value}`),
    `content-length: ${new TextEncoder().encode(body).length}`,
    'connection: close',
  ]
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`)
}
