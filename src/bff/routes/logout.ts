import { BFF_PATHS, type LogoutAnswer } from '../../bff-protocol.ts'
import { AuthError } from '../../errors.ts'
import { endSessionUrl } from '../../oauth/end-session.ts'
import { localPath } from '../../oauth/local-path.ts'
import { sessionName } from '../events.ts'
import { ProblemError, toProblem } from '../http/problem.ts'
import { readJson } from '../http/read-json.ts'
import { jsonResponse } from '../http/responses.ts'
import type { KeyRing } from '../keys/key-ring.ts'
import type { Provider } from '../provider.ts'
import { assertMeant, ticketOfRequest } from '../sessions/session-of-request.ts'
import type { SessionTicket } from '../keys/session-ticket.ts'
import type { LiveSession } from '../sessions/sessions.ts'
import type { Revocations } from '../tokens/revocations.ts'
import { pause } from '../tokens/wait.ts'
import type { Call, Route, RouteParts } from './route.ts'

interface LogoutParts extends RouteParts {
  provider: Provider
  revocations: Revocations
  keys: KeyRing
}

/** Neither discovery nor revocation keeps a user who wants to leave. */
const PROVIDER_DEADLINE_MS = 2000

/** Ends the session here, whatever the provider says, and tells where to go to end it there (RP-Initiated Logout). */
export function logoutRoute(parts: LogoutParts): Route {
  return { methods: ['POST'], guarded: true, answer: (call) => logOut(parts, call) }
}

async function logOut(parts: LogoutParts, { request, waitUntil }: Call): Promise<Response> {
  const { cookies, settings, revocations, env } = parts
  const { provider: endsThere = true, returnTo } = await readJson(request)
  const path = typeof returnTo === 'string' ? localPath(settings.origin, returnTo) : undefined
  if (returnTo !== undefined && path === undefined) throw new ProblemError('invalid_return_to')
  const ticket = await ticketOfRequest(parts, request)
  // A sign-out that arrives late ends no session that began after it; and the cookie is that one's.
  if (ticket) assertMeant(request, ticket)
  const deletion = cookies.deleteSession()
  try {
    const session = ticket && (await endSession(parts, ticket))
    if (!session) return jsonResponse({}, [deletion])
    const revoked = revocations.revoke(session.contents.refreshToken)
    waitUntil?.(revoked)
    const answer = endsThere === false ? {} : await whereToEnd(parts, session, path)
    await Promise.race([revoked, pause(env, PROVIDER_DEADLINE_MS)])
    return jsonResponse(answer, [deletion])
  } catch (error) {
    // The record is out of reach, and without its cookie closed for good: nobody is signed in here any more.
    const problem = toProblem(error)
    throw new ProblemError(problem.code, {
      ...problem.details,
      headers: [['set-cookie', deletion]],
    })
  }
}

/** @returns the session that ended, if there was one */
async function endSession(
  { sessions, emit }: LogoutParts,
  ticket: SessionTicket,
): Promise<LiveSession | undefined> {
  const session = await sessions.read(ticket)
  await sessions.delete(ticket)
  if (!session) return undefined
  emit({ type: 'session-ended', session: sessionName(ticket), reason: 'logout' })
  return session
}

/** @param path to come back to. It travels in `state`, sealed: providers compare the redirect URI letter for letter. */
async function whereToEnd(
  { env, provider, settings, keys }: LogoutParts,
  { contents }: LiveSession,
  path: string | undefined,
): Promise<LogoutAnswer> {
  const party = await Promise.race([
    provider.party().catch((error: unknown) => {
      if (!(error instanceof AuthError)) throw error
    }),
    pause(env, PROVIDER_DEADLINE_MS),
  ])
  if (!party) return {}
  const redirectTo = endSessionUrl(party, {
    idTokenHint: contents.idToken,
    postLogoutRedirectUri: settings.origin + settings.basePath + BFF_PATHS.loggedOut,
    ...(path !== undefined && { state: await keys.seal('logout', path) }),
  })
  return redirectTo === undefined ? {} : { redirectTo }
}
