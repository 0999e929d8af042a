import { createHash } from 'node:crypto'
import {
  createServer,
  request as forward,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'

/** One request to the provider, without anything secret in it. */
export interface Seen {
  method: string
  path: string
  query: URLSearchParams
  /** Of a form that was posted. */
  grantType: string | undefined
  /** Tells refresh tokens apart, and nothing else. */
  refreshToken: string | undefined
  status: number | undefined
}

/** What stands between the browser and a provider: counts requests, and loses answers when told to. */
export interface Front {
  readonly origin: string
  requests(path: RegExp, grantType?: string): Seen[]
  /** Lets the provider act on the next request with this grant, and breaks the connection instead of its answer. */
  loseAnswer(grantType: string): void
  /** Answers requests with this grant itself, until `recover`. */
  answer(grantType: string, status: number): void
  recover(): void
  /** Where the provider itself listens. */
  connect(port: number): void
  close(): Promise<void>
}

export async function startFront(): Promise<Front> {
  const seen: Seen[] = []
  const lost = new Set<string>()
  const answers = new Map<string, number>()
  let port = 0
  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy())
  })

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await read(request)
    const url = new URL(request.url ?? '/', 'http://front')
    const form = new URLSearchParams(body.toString())
    const grantType = form.get('grant_type') ?? undefined
    const { method = 'GET' } = request
    const entry: Seen = {
      ...{ method, path: url.pathname, query: url.searchParams, grantType },
      refreshToken: fingerprint(form.get('refresh_token')),
      status: undefined,
    }
    seen.push(entry)
    const status = grantType === undefined ? undefined : answers.get(grantType)
    if (status !== undefined) return void response.writeHead((entry.status = status), CORS).end()
    const answer = await send(request, body)
    entry.status = answer.statusCode
    if (grantType !== undefined && lost.delete(grantType)) return cutShort(response)
    response.writeHead(answer.statusCode ?? 502, answer.headers)
    answer.pipe(response)
  }

  const send = (request: IncomingMessage, body: Buffer): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const { method, url, headers } = request
      // `Host` stays: the provider is to believe that it is asked under this name.
      const options = { host: '127.0.0.1', port, method, path: url, headers }
      forward(options, resolve).on('error', reject).end(body)
    })

  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: (path, grantType) =>
      seen.filter(
        (entry) =>
          path.test(entry.path) && (grantType === undefined || entry.grantType === grantType),
      ),
    loseAnswer: (grantType) => void lost.add(grantType),
    answer: (grantType, status) => void answers.set(grantType, status),
    recover() {
      lost.clear()
      answers.clear()
    },
    connect: (given) => void (port = given),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

const fingerprint = (secret: string | null) =>
  secret === null ? undefined : createHash('sha256').update(secret).digest('hex').slice(0, 8)

/** Not before it began: browsers send a request again by themselves where a kept connection ends without a byte. */
function cutShort(response: ServerResponse): void {
  response.writeHead(200, { ...CORS, 'content-type': 'application/json', 'content-length': 1000 })
  response.write('{', () => setTimeout(() => response.destroy(), 50))
}

/** An answer that the page may read. */
const CORS = { 'access-control-allow-origin': '*' }

async function read(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}
