import { BFF_PATHS } from '../../bff-protocol.ts'
import type { Dpop } from '../../oauth/dpop.ts'
import { Aborting } from '../http/aborting.ts'
import type { BffResponse, UpstreamAnswer } from '../http/exchange.ts'
import { ProblemError } from '../http/problem.ts'
import type { Call, Route, RouteParts } from '../routes/route.ts'
import { findSession, requireSession } from '../sessions/session-of-request.ts'
import type { Tokens } from '../tokens/tokens.ts'
import { requestHeaders, responseHeaders } from './headers.ts'
import { presentToken, type PresentedToken } from './presented-token.ts'
import { replayableBody, type ReplayableBody } from './replayable-body.ts'
import { toUpstreamClient, type UpstreamClient } from './upstream-client.ts'
import { upstreamUrl } from './upstream-url.ts'
import type { Upstream } from './upstream.ts'

export interface ProxyParts extends RouteParts {
  tokens: Tokens
  dpop: Dpop | undefined
}

/** A protected resource for pages: their call goes on with an access token, which they never see. */
export function proxyRoute(parts: ProxyParts, upstream: Upstream): Route {
  return {
    methods: upstream.methods,
    guarded: true,
    answer: (call) => forward(parts, upstream, call),
  }
}

async function forward(parts: ProxyParts, upstream: Upstream, call: Call): Promise<BffResponse> {
  const { url, rest } = call
  const target = upstreamUrl(upstream.base, rest, url.search)
  if (!target) throw new ProblemError('forbidden_upstream')
  const presented = await presentedFor(parts, upstream, call)
  const body = await replayableBody(call)
  const { env, settings } = parts
  const client = toUpstreamClient(settings.upstreamFetch ?? call.upstreamFetch ?? env.fetch)
  const send = (authorization: Record<string, string>) =>
    callUpstream(parts, upstream, { ...call, client, target, body, authorization })
  const proven = { method: call.request.method, url: target }
  for (;;) {
    const response = await (presented ? presented.send(proven, send) : send({}))
    const mended = await presented?.mended(response)
    const asksForNonce = presented?.wantsNonce === true
    if (!asksForNonce && !(mended && body.canRepeat)) {
      return passOn(parts, upstream, { target, response, decodes: client.decodes })
    }
    response.body?.cancel().catch(() => {})
    // It asks without an end; or the body is gone, and the next request has the nonce.
    if (!mended || !body.canRepeat) {
      throw new ProblemError('upstream_unavailable', mended ? { retryAfter: 1000 } : {})
    }
  }
}

async function presentedFor(
  parts: ProxyParts,
  { token: use, need }: Upstream,
  { request, background }: Call,
): Promise<PresentedToken | undefined> {
  if (use === 'none') return undefined
  const session =
    use === 'required' ? await requireSession(parts, request) : await findSession(parts, request)
  if (!session) return undefined
  await parts.sessions.touch(session)
  return presentToken(parts, { session, need, background })
}

interface UpstreamCall extends Pick<Call, 'request' | 'closing'> {
  client: UpstreamClient
  target: URL
  body: ReplayableBody
  /** The headers by which the access token goes with it. */
  authorization: Record<string, string>
}

async function callUpstream(
  { env, settings }: ProxyParts,
  upstream: Upstream,
  { client, request, closing, target, body: given, authorization }: UpstreamCall,
): Promise<UpstreamAnswer> {
  const headers = requestHeaders(request, upstream, {
    origin: settings.origin,
    decodes: client.decodes,
  })
  for (const [name, value] of Object.entries(authorization)) headers.set(name, value)
  const ended = new Aborting()
  let late = false
  let isAnswered = false
  let cancel = () => {}
  // A long body may take longer than any answer to it.
  const wait = () => {
    cancel()
    cancel = env.timer(() => {
      late = true
      ended.abort()
    }, upstream.timeoutMs)
  }
  wait()
  const end = () => ended.abort()
  // Who leaves needs no answer any more; also while it streams.
  request.signal.addEventListener('abort', end)
  const stop = closing.listen(end)
  const { method } = request
  const body = given.next(() => !isAnswered && wait())
  if (request.signal.aborted) end()
  try {
    return await client.call(target, { method, headers, body, signal: ended })
  } catch {
    if (late) throw new ProblemError('upstream_timeout')
    const aborted = request.signal.aborted || closing.begun || given.brokeOff()
    throw new ProblemError(aborted ? 'request_aborted' : 'upstream_unavailable')
  } finally {
    isAnswered = true
    cancel()
    stop()
  }
}

interface Answered {
  target: URL
  response: UpstreamAnswer
  decodes: boolean
}

function passOn(
  { settings }: ProxyParts,
  upstream: Upstream,
  { target, response, decodes }: Answered,
): BffResponse {
  const headers = responseHeaders(response, upstream, decodes)
  const { status } = response
  const location = response.headers.get('location')
  const redirects = status >= 300 && status < 400 && status !== 304
  if (redirects || location !== null) {
    const moved =
      location === null ? undefined : pathHere(settings.basePath, upstream, target, location)
    // A redirect is not followed, and leads nowhere that the route does not.
    if (moved === undefined && (redirects || response.type === 'opaqueredirect')) {
      response.body?.cancel().catch(() => {})
      throw new ProblemError('forbidden_upstream')
    }
    if (moved !== undefined) headers.set('location', moved)
  }
  // What is no answer to a request as the web has it (Fetch §2.2.3) can be passed on by nobody.
  if (status < 200 || status > 599) {
    response.body?.cancel().catch(() => {})
    throw new ProblemError('upstream_unavailable')
  }
  const hasNoBody = status === 204 || status === 205 || status === 304
  return { status, headers, body: hasNoBody ? null : response.body }
}

/** Where an address of the upstream's is for pages; undefined where it is not below the route. */
function pathHere(
  basePath: string,
  { name, base }: Upstream,
  target: URL,
  location: string,
): string | undefined {
  const url = URL.canParse(location, target) ? new URL(location, target) : undefined
  const prefix = base.pathname === '/' ? '' : base.pathname
  if (url?.origin !== base.origin || !`${url.pathname}/`.startsWith(`${prefix}/`)) return undefined
  return `${basePath}${BFF_PATHS.api}${name}${url.pathname.slice(prefix.length)}${url.search}`
}
