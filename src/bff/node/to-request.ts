import type { BffRequest, LeaveSignal } from '../http/exchange.ts'
import { HeaderLines } from './header-lines.ts'
import type { NodeRequest } from './node-types.ts'

/** The handler looks at the path alone; its own address it knows from its options. */
const BASE = 'http://localhost'
/** Fetch §2.2.1: the web has no request with them. */
const NO_METHOD = /^(CONNECT|TRACE|TRACK)$/i

/**
 * A request of Node's for the backend. The body is read as fast as somebody takes it.
 * @returns undefined for a target or a method that the web has no request for
 */
export function toRequest(incoming: NodeRequest, signal: LeaveSignal): BffRequest | undefined {
  const { method = 'GET' } = incoming
  const url = urlOf(incoming.originalUrl ?? incoming.url ?? '/')
  if (url === undefined || NO_METHOD.test(method)) return undefined
  const headers = new HeaderLines(incoming.rawHeaders)
  // Written anew, it has another length.
  if (wasParsed(incoming)) headers.delete('content-length')
  const hasBody = method !== 'GET' && method !== 'HEAD' && announcesBody(incoming)
  return { method, url, headers, signal, body: hasBody ? bodyOf(incoming) : null }
}

/** As `toRequest`, for those who need one of the web's. */
export function toWebRequest(incoming: NodeRequest, signal: AbortSignal): Request | undefined {
  const request = toRequest(incoming, signal)
  if (!request) return undefined
  const { method, url, headers, body } = request
  try {
    return new Request(url, {
      ...{ method, headers: [...headers], signal },
      ...(body && { body, duplex: 'half' }),
    })
  } catch {
    return undefined
  }
}

function urlOf(target: string): string | undefined {
  if (target.startsWith('/')) return URL.canParse(BASE + target) ? BASE + target : undefined
  // RFC 9112 §3.2.2: a target may be a whole URL. The web has no request to one that names a user.
  const url = URL.canParse(target, BASE) ? new URL(target, BASE) : undefined
  return url?.username === '' && url.password === '' ? url.href : undefined
}

/** RFC 9112 §6.3: a request without either has none. HTTP/2 may name no length (RFC 9113 §8.1.1). */
function announcesBody({ headers, httpVersionMajor = 1 }: NodeRequest): boolean {
  return httpVersionMajor > 1 || 'content-length' in headers || 'transfer-encoding' in headers
}

function bodyOf(incoming: NodeRequest): BffRequest['body'] {
  // A response's is a stream of whatever text it is made of.
  if (wasParsed(incoming)) return new Response(unparsed(incoming)).body
  const chunks = incoming.iterator?.({ destroyOnReturn: false }) ?? incoming[Symbol.asyncIterator]()
  return new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      async pull(controller) {
        const { done, value } = await chunks.next()
        if (done) controller.close()
        else controller.enqueue(value as Uint8Array<ArrayBuffer>)
      },
      async cancel() {
        await chunks.return?.()
        // The rest is thrown away: the answer still goes over this connection.
        incoming.resume()
      },
    },
    { highWaterMark: 0 },
  )
}

/** A body parser was there before. */
function wasParsed({ readableEnded, body }: NodeRequest): boolean {
  return readableEnded && body !== undefined
}

function unparsed({ body, headers }: NodeRequest): BodyInit {
  if (typeof body === 'string') return body
  if (body instanceof Uint8Array) return new Uint8Array(body)
  const isForm = /urlencoded/i.test(String(headers['content-type']))
  return isForm ? new URLSearchParams(body as Record<string, string>) : JSON.stringify(body)
}
