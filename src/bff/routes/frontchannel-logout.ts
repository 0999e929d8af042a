import { nothing } from '../http/responses.ts'
import { sameText } from '../http/same-text.ts'
import { logOutSession, type LogoutParts } from './log-out-session.ts'
import type { Call, Route } from './route.ts'

/**
 * The provider ends the session of the browser in front of it, in a frame of its page (OpenID Connect Front-Channel
 * Logout §2). The frame has the session's cookie only where the provider is on the same site (§4.1), so that a
 * back-channel logout is what can be relied on.
 */
export function frontchannelLogoutRoute(parts: LogoutParts): Route {
  return { methods: ['GET'], guarded: false, answer: (call) => endSession(parts, call) }
}

async function endSession(parts: LogoutParts, { request, url, waitUntil }: Call) {
  const { sessions, settings } = parts
  const { issuer } = settings.client
  // Nobody else shows it in a frame.
  const headers = { 'content-security-policy': `frame-ancestors ${new URL(issuer).origin}` }
  const iss = url.searchParams.get('iss')
  const sid = url.searchParams.get('sid')
  // §3: both or none; without them any page could end sessions.
  if (iss !== issuer || !sid) return nothing(400, headers)
  const session = await sessions.find(request)
  if (!session) return nothing(200, headers)
  const own = session.contents.claims.sid
  if (typeof own !== 'string' || !sameText(own, sid)) return nothing(400, headers)
  const how = { reason: 'frontchannel_logout', endsThere: false, waitUntil } as const
  await logOutSession(parts, request, how)
  const response = nothing(200, headers)
  for (const line of sessions.deletion()) response.headers.append('set-cookie', line)
  return response
}
