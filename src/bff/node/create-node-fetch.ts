import { drained } from './drained.ts'
import type { HttpAnswer, HttpCall, HttpModule, HttpModules } from './http-types.ts'

/** RFC 9110 §9.2.2: sent again, they do nothing more. */
const IDEMPOTENT = /^(GET|HEAD|OPTIONS|PUT|DELETE)$/
const WITHOUT_BODY = [204, 205, 304]

/** How a request is made; what `fetch` has beside it is not for upstreams. */
export type UpstreamFetch = (url: string, init: RequestInit) => Promise<Response>

/**
 * Calls upstreams by Node's own client, which takes less of the processor than its `fetch`: it follows no redirect and
 * decodes no body. For the option `upstreamFetch`.
 *
 * @example
 *     import * as http from 'node:http'
 *     import * as https from 'node:https'
 *     createBff({ ...options, upstreamFetch: createNodeFetch({ http, https }) })
 */
export function createNodeFetch({ http, https }: HttpModules): UpstreamFetch {
  const agents = {
    http: new http.Agent({ keepAlive: true }),
    https: new https.Agent({ keepAlive: true }),
  }
  return async (url, init) => {
    const name = url.startsWith('https:') ? 'https' : 'http'
    const client = name === 'https' ? https : http
    const first = await call(client, url, init, agents[name])
    // The upstream closed a connection that was idle as this call came: once more, over one of its own.
    return first ?? (await call(client, url, init, false)) ?? Promise.reject(new Error('closed'))
  }
}

/** @returns undefined where nothing was done, and may be tried again */
function call(
  client: HttpModule,
  url: string,
  { method = 'GET', headers, body, signal }: RequestInit,
  agent: object | false,
): Promise<Response | undefined> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted()
    const outgoing = client.request(url, {
      method,
      headers: Object.fromEntries(headers instanceof Headers ? headers : new Headers(headers)),
      agent: agent as never,
    })
    const abort = () => void outgoing.destroy(new Error('aborted'))
    signal?.addEventListener('abort', abort)
    const canRepeat = IDEMPOTENT.test(method) && !(body instanceof ReadableStream)
    outgoing.on('error', (error) => {
      if (outgoing.reusedSocket && canRepeat && !signal?.aborted) resolve(undefined)
      else reject(error)
    })
    outgoing.on('close', () => {
      signal?.removeEventListener('abort', abort)
      // An answer that is none, as one that switches protocols.
      reject(new Error('closed'))
    })
    outgoing.on('response', (answer) => {
      try {
        resolve(toResponse(method, outgoing, answer))
      } catch (error) {
        outgoing.destroy()
        reject(error)
      }
    })
    send(outgoing, body)
  })
}

function send(outgoing: HttpCall, body: RequestInit['body']): void {
  if (body instanceof ReadableStream) {
    stream(outgoing, body.getReader()).catch((error: unknown) => outgoing.destroy(error as Error))
  } else if (body instanceof ArrayBuffer) outgoing.end(new Uint8Array(body))
  else outgoing.end()
}

async function stream(
  outgoing: HttpCall,
  reader: ReadableStreamDefaultReader<Uint8Array>,
): Promise<void> {
  outgoing.once('close', () => void reader.cancel().catch(() => {}))
  for (;;) {
    const { done, value } = await reader.read()
    if (outgoing.destroyed) return
    if (done) break
    if (!outgoing.write(value)) await drained(outgoing)
  }
  outgoing.end()
}

/** @throws where it is no answer that the web knows */
function toResponse(method: string, outgoing: HttpCall, answer: HttpAnswer): Response {
  const { statusCode: status = 0, rawHeaders } = answer
  const headers = new Headers()
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    headers.append(rawHeaders[at] ?? '', rawHeaders[at + 1] ?? '')
  }
  // Nobody asked for a coding, and nobody takes it off (RFC 9110 §12.5.3).
  const coding = headers.get('content-encoding')
  if (coding !== null && coding !== '' && coding !== 'identity') {
    throw new Error('The answer is in a coding that nobody asked for.')
  }
  answer.on('end', () => {
    // Answered before it was sent to its end: nobody wants the rest.
    if (!outgoing.writableEnded) outgoing.destroy()
  })
  if (method === 'HEAD' || WITHOUT_BODY.includes(status)) {
    answer.on('error', () => {})
    answer.resume()
    return new Response(null, { status, headers })
  }
  return new Response(bodyOf(answer), { status, headers })
}

/** Read as fast as somebody takes it. What is cut off does not pass for the whole. */
function bodyOf(answer: HttpAnswer): ReadableStream<Uint8Array<ArrayBuffer>> {
  let over = false
  return new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      start(controller) {
        const end = (finish: () => void) => () => {
          if (!over) finish()
          over = true
        }
        const cut = end(() => controller.error(new Error('The answer broke off.')))
        answer.on('data', (chunk) => {
          if (over) return
          controller.enqueue(chunk)
          if ((controller.desiredSize ?? 0) <= 0) answer.pause()
        })
        answer.on('end', () => (answer.complete ? end(() => controller.close())() : cut()))
        answer.on('error', cut)
        answer.on('close', cut)
        answer.pause()
      },
      pull: () => void answer.resume(),
      cancel() {
        over = true
        answer.destroy()
      },
    },
    { highWaterMark: 0 },
  )
}
