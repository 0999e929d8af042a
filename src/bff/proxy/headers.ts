import { parseChallenges } from '../../oauth/challenge.ts'
import type { UpstreamClient } from './upstream-client.ts'
import type { Upstream } from './upstream.ts'
import type { BffRequest, UpstreamAnswer } from '../http/exchange.ts'

/** What a page may say to any upstream; a route may list more. Everything else stays here (RFC 9110 §7.6.1). */
const REQUEST_HEADERS =
  /^(accept|accept-language|content-type|content-language|content-encoding|if-.+|range|cache-control|prefer|idempotency-key|traceparent|tracestate|x-request-id|last-event-id|user-agent)$/

/** What any upstream may say to a page. */
const RESPONSE_HEADERS =
  /^(content-type|content-language|content-disposition|content-range|accept-ranges|allow|etag|last-modified|expires|age|link|retry-after|preference-applied|deprecation|sunset|server-timing|traceparent|x-request-id|x-total-count|(x-)?ratelimit-.+|ratelimit)$/

interface Forwarding extends Pick<UpstreamClient, 'decodes'> {
  /** The application's: what upstreams see of it, never what a client says. */
  origin: string
}

export function requestHeaders(
  { headers }: BffRequest,
  { requestHeaders: more }: Upstream,
  { origin, decodes }: Forwarding,
): Map<string, string> {
  // A header that `Connection` names is for the next hop alone.
  const hop = new Set(wordsOf(headers.get('connection')))
  const kept = new Map<string, string>()
  for (const [name, value] of headers) {
    if ((REQUEST_HEADERS.test(name) || more.has(name)) && !hop.has(name)) kept.set(name, value)
  }
  const codings = decodes ? null : headers.get('accept-encoding')
  if (codings !== null) kept.set('accept-encoding', codings)
  const [protocol = '', host = ''] = origin.split('://')
  kept.set('x-forwarded-host', host)
  kept.set('x-forwarded-proto', protocol)
  return kept
}

export function responseHeaders(
  { headers, status }: UpstreamAnswer,
  { responseHeaders: more, cache }: Upstream,
  decodes: boolean,
): Map<string, string> {
  const hop = new Set(wordsOf(headers.get('connection')))
  const kept = new Map<string, string>()
  for (const [name, value] of headers) {
    if ((RESPONSE_HEADERS.test(name) || more.has(name)) && !hop.has(name)) kept.set(name, value)
  }
  const challenge = headers.get('www-authenticate')
  if (challenge !== null && asksOfToken(challenge)) kept.set('www-authenticate', challenge)
  const coding = headers.get('content-encoding')
  if (coding !== null && !decodes) kept.set('content-encoding', coding)
  const length = headers.get('content-length')
  // `fetch` has decoded the body and left both headers as they were. RFC 9110 §8.6: none with a 204; and a 205 has no content.
  const mayHaveLength = status !== 204 && status !== 205 && !(coding !== null && decodes)
  if (length !== null && mayHaveLength) kept.set('content-length', length)
  if (cache) {
    kept.set('cache-control', headers.get('cache-control') ?? 'no-store')
    kept.set('vary', [headers.get('vary'), 'Cookie'].filter(Boolean).join(', '))
  } else {
    kept.set('cache-control', 'no-store')
  }
  // It comes from the application's own origin now.
  kept.set('x-content-type-options', 'nosniff')
  return kept
}

/**
 * Whether a page is to read it: the upstream wants more scope, or another authentication (RFC 9470 §3). With a challenge of
 * any other scheme browsers would ask the user for a password.
 */
function asksOfToken(challenge: string): boolean {
  const schemes = parseChallenges(challenge).map(({ scheme }) => scheme)
  return schemes.length > 0 && schemes.every((scheme) => scheme === 'bearer' || scheme === 'dpop')
}

function wordsOf(value: string | null): string[] {
  if (value === null) return []
  return value.split(',').map((word) => word.trim().toLowerCase())
}
