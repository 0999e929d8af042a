import type { NodeRequest } from './node-types.ts'

/** The handler looks at the path alone; its own address it knows from its options. */
const BASE = 'http://localhost'

/** As `toRequest`, where it is one. @returns undefined for a target or a method that the web has no request for */
export function toWebRequest(incoming: NodeRequest, signal: AbortSignal): Request | undefined {
  try {
    return toRequest(incoming, signal)
  } catch {
    return undefined
  }
}

/** A request of Node's as the web has it. The body is read as fast as somebody takes it. */
export function toRequest(incoming: NodeRequest, signal: AbortSignal): Request {
  const { method = 'GET' } = incoming
  const path = incoming.originalUrl ?? incoming.url ?? '/'
  const hasBody = method !== 'GET' && method !== 'HEAD' && announcesBody(incoming)
  const headers = toHeaders(incoming.rawHeaders)
  // Written anew, it has another length.
  if (wasParsed(incoming)) headers.delete('content-length')
  return new Request(path.startsWith('/') ? BASE + path : new URL(path, BASE), {
    method,
    headers,
    signal,
    ...(hasBody && { body: bodyOf(incoming), duplex: 'half' }),
  })
}

/** RFC 9112 §6.3: a request without either has none. HTTP/2 may name no length (RFC 9113 §8.1.1). */
function announcesBody({ headers, httpVersionMajor = 1 }: NodeRequest): boolean {
  return httpVersionMajor > 1 || 'content-length' in headers || 'transfer-encoding' in headers
}

function toHeaders(raw: readonly string[]): Headers {
  const headers = new Headers()
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at] ?? ''
    // RFC 9113 §8.3: pseudo-headers say what `method` and `url` say.
    if (name.startsWith(':')) continue
    // Cookies may come in several headers (RFC 9113 §8.2.3), and are joined by semicolons.
    if (name.toLowerCase() !== 'cookie') headers.append(name, raw[at + 1] ?? '')
  }
  const cookies = raw.filter((_, at) => at % 2 === 1 && raw[at - 1]?.toLowerCase() === 'cookie')
  if (cookies.length > 0) headers.set('cookie', cookies.join('; '))
  return headers
}

function bodyOf(incoming: NodeRequest): BodyInit {
  if (wasParsed(incoming)) return unparsed(incoming)
  const chunks = incoming.iterator?.({ destroyOnReturn: false }) ?? incoming[Symbol.asyncIterator]()
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await chunks.next()
        if (done) controller.close()
        else controller.enqueue(value)
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
