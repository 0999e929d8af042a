import { Aborting } from '../http/aborting.ts'
import { toWebResponse, type UpstreamAnswer } from '../http/exchange.ts'
import {
  setUpstreamExchange,
  type UpstreamBody,
  type UpstreamFetch,
  type UpstreamRequest,
} from '../http/exchanges.ts'
import { drained } from './drained.ts'
import { HeaderLines } from './header-lines.ts'
import type { HttpAnswer, HttpCall, HttpModule, HttpModules } from './http-types.ts'
import { NodeBody } from './node-body.ts'

/** RFC 9110 §9.2.2: sent again, they do nothing more. */
const IDEMPOTENT = /^(GET|HEAD|OPTIONS|PUT|DELETE)$/
/** RFC 9110 §8.6: a server expects no word about the length of nothing. */
const EXPECTS_NO_BODY = /^(GET|HEAD|OPTIONS|DELETE)$/
/** Idle connections end before most servers end them: what is sent over one that ends is lost. */
const AGENT = { keepAlive: true, timeout: 4000 }
const WITHOUT_BODY = [204, 205, 304]

/**
 * Calls upstreams by Node's own client, which takes less of the processor than its `fetch`: it follows no redirect, and
 * a body passes in the coding that the page asked for. `toNodeHandler` does so by itself; this is for the option
 * `upstreamFetch` behind other servers on Node.
 *
 * @example
 *     import * as http from 'node:http'
 *     import * as https from 'node:https'
 *     createBff({ ...options, upstreamFetch: createNodeFetch({ http, https }) })
 * @throws TypeError that names the option
 */
export function createNodeFetch(modules: HttpModules): UpstreamFetch {
  const { http, https } = Object(modules) as HttpModules
  for (const [name, given] of Object.entries({ http, https })) {
    if (typeof given?.Agent !== 'function' || typeof given.request !== 'function') {
      throw new TypeError(`createNodeFetch: ${name} must be Node's module of that name`)
    }
  }
  const agents = { http: new http.Agent(AGENT), https: new https.Agent(AGENT) }
  async function exchange(url: URL, request: UpstreamRequest): Promise<UpstreamAnswer> {
    const name = url.protocol === 'https:' ? 'https' : 'http'
    const client = name === 'https' ? https : http
    const first = await call(client, url, request, agents[name])
    // The upstream closed a connection that was idle as this call came: once more, over one of its own.
    const answer = first ?? (await call(client, url, request, false))
    if (!answer) throw new Error('closed')
    return answer
  }

  const upstreamFetch: UpstreamFetch = async (url, { method = 'GET', headers, body, signal }) => {
    const answer = await exchange(new URL(url), {
      method,
      ...(await toExchanged(headers, body)),
      signal: signal ?? new Aborting(),
    })
    if (isCoded(answer)) {
      answer.body?.cancel().catch(() => {})
      throw new Error('The answer is in a coding, which nobody takes off here.')
    }
    return toWebResponse(answer)
  }
  setUpstreamExchange(upstreamFetch, exchange)
  return upstreamFetch
}

/** @returns undefined where nothing was done, and may be tried again */
function call(
  client: HttpModule,
  url: URL,
  { method, headers, body, signal }: UpstreamRequest,
  agent: object | false,
): Promise<UpstreamAnswer | undefined> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) throw new Error('aborted')
    const { protocol, hostname, port, pathname, search } = url
    const outgoing = client.request({
      protocol,
      // A URL has an IPv6 address in brackets.
      hostname: hostname.replace(/^\[|\]$/g, ''),
      port,
      path: pathname + search,
      method,
      headers: ['host', url.host, ...[...headers].flat(), ...framing(method, body)],
      agent: agent as never,
    })
    const abort = () => void outgoing.destroy(new Error('aborted'))
    signal.addEventListener('abort', abort)
    const canRepeat = IDEMPOTENT.test(method) && !(body instanceof ReadableStream)
    outgoing.on('error', (error) => {
      if (outgoing.reusedSocket && canRepeat && !signal.aborted) resolve(undefined)
      else reject(error)
    })
    let isAnswered = false
    outgoing.on('close', () => {
      signal.removeEventListener('abort', abort)
      // An answer that is none, as one that switches protocols.
      if (!isAnswered) reject(new Error('closed'))
    })
    outgoing.on('response', (answer) => {
      isAnswered = true
      try {
        resolve(toAnswer(method, outgoing, answer))
      } catch (error) {
        outgoing.destroy()
        reject(error)
      }
    })
    send(outgoing, body)
  })
}

/**
 * Where the body ends. Node says so only for methods that usually have one: the body of a DELETE would be taken for the next
 * request over the connection, which may be another user's.
 */
function framing(method: string, body: UpstreamBody): string[] {
  if (body instanceof ReadableStream) return ['transfer-encoding', 'chunked']
  if (body instanceof ArrayBuffer) return ['content-length', String(body.byteLength)]
  return EXPECTS_NO_BODY.test(method) ? [] : ['content-length', '0']
}

function send(outgoing: HttpCall, body: UpstreamBody): void {
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
function toAnswer(method: string, outgoing: HttpCall, answer: HttpAnswer): UpstreamAnswer {
  const { statusCode: status = 0, rawHeaders } = answer
  if (status < 200 || status > 599) throw new RangeError('The web has no such answer.')
  const headers = new HeaderLines(rawHeaders)
  answer.on('end', () => {
    // Answered before it was sent to its end: nobody wants the rest.
    if (!outgoing.writableEnded) outgoing.destroy()
  })
  if (method === 'HEAD' || WITHOUT_BODY.includes(status)) {
    answer.on('error', () => {})
    answer.resume()
    return { status, headers, body: null }
  }
  return { status, headers, body: new NodeBody(answer, headers.get('content-length')) }
}

/** Of the web's words, as `fetch` takes them: a body says what it is made of, and nobody else how it is sent (Fetch §2.2.2). */
async function toExchanged(
  headers: HeadersInit | undefined,
  body: BodyInit | null | undefined,
): Promise<Pick<UpstreamRequest, 'headers' | 'body'>> {
  const free = new Headers(headers)
  for (const name of ['connection', 'content-length', 'host', 'transfer-encoding']) {
    free.delete(name)
  }
  if (!body) return { headers: free, body: null }
  if (body instanceof ReadableStream || body instanceof ArrayBuffer) return { headers: free, body }
  const whole = new Response(body)
  const type = whole.headers.get('content-type')
  if (type !== null && !free.has('content-type')) free.set('content-type', type)
  return { headers: free, body: await whole.arrayBuffer() }
}

function isCoded({ headers }: UpstreamAnswer): boolean {
  const coding = headers.get('content-encoding')
  return coding !== null && coding !== '' && coding !== 'identity'
}
