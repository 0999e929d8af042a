import { nothing } from '../http/responses.ts'
import { sameText } from '../http/same-text.ts'
import type { SessionContents } from '../sessions/session-contents.ts'
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

async function endSession(parts: LogoutParts, { request, url, background }: Call) {
  const { sessions, settings, transactions, tombstones } = parts
  const { issuer } = settings.client
  // Nobody else shows it in a frame.
  const headers = { 'content-security-policy': `frame-ancestors ${new URL(issuer).origin}` }
  const iss = url.searchParams.get('iss')
  const sid = url.searchParams.get('sid')
  // §3: both or none; without them any page could end sessions.
  if (iss !== issuer || !sid) return nothing(400, headers)
  const begun = [...(await transactions.open(request)), ...(await transactions.finished(request))]
  const verifiers = begun.map(({ codeVerifier }) => codeVerifier)
  const all = await sessions.ofBrowser(request, verifiers)
  if (all.length === 0) return nothing(200, headers)
  const own = all.filter(({ contents }) => isOf(sid, contents))
  if (own.length === 0) return nothing(400, headers)
  const ticket = await sessions.ticketOf(request)
  const hasCookie = own.some((session) => session.ticket.storeKey === ticket?.storeKey)
  const how = { reason: 'frontchannel_logout', endsThere: false, background } as const
  // First, for what the provider ended is none any more that could be logged out.
  if (hasCookie) await logOutSession(parts, request, how)
  // A callback that is under way finds it.
  await tombstones.put({ sid, sub: undefined })
  // One may have been finished whose cookie is still on its way.
  await sessions.endAtProvider({ sid, sub: undefined })
  const response = nothing(200, headers)
  if (!hasCookie) return response
  for (const line of sessions.deletion()) response.headers.append('set-cookie', line)
  return response
}

function isOf(sid: string, { claims }: SessionContents): boolean {
  return typeof claims.sid === 'string' && sameText(claims.sid, sid)
}
