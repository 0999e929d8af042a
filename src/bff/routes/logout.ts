import type { LogoutAnswer } from '../../bff-protocol.ts'
import { localPath } from '../../oauth/local-path.ts'
import { sessionName } from '../events.ts'
import { ProblemError } from '../http/problem.ts'
import { readJson } from '../http/read-parameters.ts'
import { isNavigation, isPrefetch } from '../http/request-checks.ts'
import { jsonResponse, nothing, seeOther } from '../http/responses.ts'
import { sameText } from '../http/same-text.ts'
import { assertMeant } from '../sessions/session-of-request.ts'
import { logOutSession, type LogoutParts } from './log-out-session.ts'
import type { Call, Route } from './route.ts'

/** A sign-in that was begun before does not sign the user in again after it. */
const BY_USER = { reason: 'logout', endsSignIns: true } as const

/** Ends the session here, whatever the provider says, and tells where to go to end it there (RP-Initiated Logout). */
export function logoutRoute(parts: LogoutParts): Route {
  const byLink = parts.settings.logoutLink
  return {
    methods: byLink ? ['POST', 'GET'] : ['POST'],
    guarded: true,
    navigable: byLink,
    answer: (call) =>
      call.request.method === 'GET' ? followLink(parts, call) : logOut(parts, call),
  }
}

async function logOut(parts: LogoutParts, call: Call): Promise<Response> {
  const { sessions, settings, transactions } = parts
  const { request, background } = call
  const { provider = true, returnTo } = await readJson(call)
  const path = typeof returnTo === 'string' ? localPath(settings.origin, returnTo) : undefined
  if (returnTo !== undefined && path === undefined) throw new ProblemError('invalid_return_to')
  const ticket = await sessions.ticketOf(request)
  // A sign-out that arrives late ends no session that began after it; and the cookie is that one's.
  if (ticket) assertMeant(request, ticket)
  const how = { ...BY_USER, endsThere: provider !== false, path, background }
  const redirectTo = await logOutSession(parts, request, how)
  const answer: LogoutAnswer = redirectTo === undefined ? {} : { redirectTo }
  return jsonResponse(answer, [...sessions.deletion(), ...transactions.deletion(request)])
}

/**
 * The same for a link, which can send no header: it names the session that it ends (`session` of the session's answer),
 * as no page of another site can.
 */
async function followLink(parts: LogoutParts, { request, url, background }: Call) {
  const { sessions, settings, transactions } = parts
  if (isPrefetch(request)) return nothing(204)
  if (!isNavigation(request)) throw new ProblemError('csrf_rejected')
  const returnTo = url.searchParams.get('returnTo')
  const path = returnTo === null ? settings.loggedOutPath : localPath(settings.origin, returnTo)
  if (path === undefined) throw new ProblemError('invalid_return_to')
  const ticket = await sessions.ticketOf(request)
  // It was used before, or in another tab.
  if (!ticket) return seeOther(settings.origin + path)
  if (!sameText(url.searchParams.get('sid') ?? '', sessionName(ticket))) {
    throw new ProblemError('csrf_rejected')
  }
  const how = { ...BY_USER, endsThere: true, path, background }
  const target = await logOutSession(parts, request, how)
  const setCookies = [...sessions.deletion(), ...transactions.deletion(request)]
  return seeOther(target ?? settings.origin + path, setCookies)
}
