import { BFF_PATHS } from '../../bff-protocol.ts'
import { ProblemError } from '../http/problem.ts'
import type { Call, Route, RouteParts } from '../routes/route.ts'
import { findSession, requireSession } from '../sessions/session-of-request.ts'
import type { LiveSession } from '../sessions/sessions.ts'
import type { Tokens } from '../tokens/tokens.ts'
import { requestHeaders, responseHeaders } from './headers.ts'
import { replayableBody, type ReplayableBody } from './replayable-body.ts'
import { upstreamUrl } from './upstream-url.ts'
import type { Upstream } from './upstream.ts'

interface ProxyParts extends RouteParts {
  tokens: Tokens
}

/** An access token as it goes upstream, and the session that it is of. */
interface Credentials {
  session: LiveSession
  accessToken: string
  generation: number
}

/**
 * How a body that streams is sent. Without `window` and with `error`, Node's fetch makes no copy of it for the request
 * after a redirect, in which the whole body would wait in memory.
 */
const STREAMED = { duplex: 'half', window: null, redirect: 'error' } as const

/** A protected resource for pages: their call goes on with an access token, which they never see. */
export function proxyRoute(parts: ProxyParts, upstream: Upstream): Route {
  return {
    methods: upstream.methods,
    guarded: true,
    answer: (call) => forward(parts, upstream, call),
  }
}

async function forward(parts: ProxyParts, upstream: Upstream, call: Call): Promise<Response> {
  const { url, rest } = call
  const target = upstreamUrl(upstream.base, rest, url.search)
  if (!target) throw new ProblemError('forbidden_upstream')
  const credentials = await credentialsFor(parts, upstream, call)
  const body = await replayableBody(call)
  const send = (accessToken: string | undefined) =>
    callUpstream(parts, upstream, { ...call, target, body, accessToken })
  const response = await send(credentials?.accessToken)
  if (response.status !== 401 || !credentials) return passOn(parts, upstream, target, response)
  // Revoked, or the upstream's clock is another: once more, with a new one.
  const renewed = await renew(parts, upstream, credentials, call)
  if (!renewed || !body.canRepeat) return passOn(parts, upstream, target, response)
  response.body?.cancel().catch(() => {})
  return passOn(parts, upstream, target, await send(renewed))
}

async function credentialsFor(
  parts: ProxyParts,
  { token: use, need }: Upstream,
  { request, waitUntil }: Call,
): Promise<Credentials | undefined> {
  if (use === 'none') return undefined
  const session =
    use === 'required' ? await requireSession(parts, request) : await findSession(parts, request)
  if (!session) return undefined
  await parts.sessions.touch(session)
  const found = await parts.tokens.getToken(session, { ...need, minValidity: 0 }, waitUntil)
  const { accessToken, generation } = found.token
  return { session: found.session, accessToken, generation }
}

/** @returns another access token; undefined where there is none to be had */
async function renew(
  { tokens }: ProxyParts,
  { need }: Upstream,
  { session, accessToken, generation }: Credentials,
  { waitUntil }: Call,
): Promise<string | undefined> {
  try {
    const newer = { ...need, minValidity: 0, after: generation }
    const { token } = await tokens.getToken(session, newer, waitUntil)
    return token.accessToken === accessToken ? undefined : token.accessToken
  } catch {
    // What the upstream said is the answer.
    return undefined
  }
}

interface UpstreamCall extends Pick<Call, 'request' | 'closing'> {
  target: URL
  body: ReplayableBody
  accessToken: string | undefined
}

async function callUpstream(
  { env, settings }: ProxyParts,
  upstream: Upstream,
  { request, closing, target, body: given, accessToken }: UpstreamCall,
): Promise<Response> {
  const headers = requestHeaders(request, upstream, settings.origin)
  if (accessToken !== undefined) headers.set('authorization', `Bearer ${accessToken}`)
  const ended = new AbortController()
  let late = false
  const cancel = env.timer(() => {
    late = true
    ended.abort()
  }, upstream.timeoutMs)
  const end = () => ended.abort()
  // Who leaves needs no answer any more; also while it streams.
  request.signal.addEventListener('abort', end, { once: true })
  const stop = closing.listen(end)
  const body = given.next()
  if (request.signal.aborted) end()
  try {
    return await (settings.upstreamFetch ?? env.fetch)(target.href, {
      ...{ method: request.method, headers, signal: ended.signal, redirect: 'manual' },
      ...(body !== null && { body }),
      ...(body instanceof ReadableStream && STREAMED),
    })
  } catch {
    if (late) throw new ProblemError('upstream_timeout')
    const aborted = request.signal.aborted || closing.begun || given.brokeOff()
    throw new ProblemError(aborted ? 'request_aborted' : 'upstream_unavailable')
  } finally {
    cancel()
    stop()
  }
}

function passOn(
  { settings }: ProxyParts,
  upstream: Upstream,
  target: URL,
  response: Response,
): Response {
  const headers = responseHeaders(response, upstream)
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
  return new Response(hasNoBody ? null : response.body, { status, headers })
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
