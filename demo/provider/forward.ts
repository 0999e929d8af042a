import { request as send, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'

/** A whole answer, so that it can be held, changed, given twice or thrown away. */
export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  body: Buffer
}

export async function read(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

/** Forwards the request as it came, Host included, because the provider builds its URLs from it. */
export function forward(
  port: number,
  request: IncomingMessage,
  path: string,
  body: Buffer,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = { ...request.headers, connection: 'close' }
    const behind = { host: '127.0.0.1', port, method: request.method, path, headers }
    send(behind, (response) => {
      read(response).then((bytes) => {
        resolve({ status: response.statusCode ?? 502, headers: response.headers, body: bytes })
      }, reject)
    })
      .on('error', reject)
      .end(body)
  })
}
