import { BFF_PATHS } from '../../bff-protocol.ts'
import { AuthError } from '../../errors.ts'
import { endSessionUrl } from '../../oauth/end-session.ts'
import type { Background } from '../background.ts'
import { sessionName, type SessionEndReason } from '../events.ts'
import { ProblemError, toProblem } from '../http/problem.ts'
import type { KeyRing } from '../keys/key-ring.ts'
import type { LoginTransactions } from '../login/transactions.ts'
import type { Tombstones } from '../login/tombstones.ts'
import type { Provider } from '../provider.ts'
import { persist } from '../sessions/persist.ts'
import { refreshTokensOf } from '../sessions/session-contents.ts'
import type { LiveSession } from '../sessions/sessions.ts'
import type { Revocations } from '../tokens/revocations.ts'
import { pause, within } from '../tokens/wait.ts'
import type { RouteParts } from './route.ts'
import type { BffRequest } from '../http/exchange.ts'

export interface LogoutParts extends RouteParts {
  provider: Provider
  revocations: Revocations
  keys: KeyRing
  transactions: LoginTransactions
  tombstones: Tombstones
}

/** Neither discovery nor revocation keeps a user who wants to leave. */
const PROVIDER_DEADLINE_MS = 2000
/** Nor does a store that is away: the session ends behind the answer, when it is back. */
const STORE_DEADLINE_MS = 2000

interface Logout {
  reason: SessionEndReason
  /** Whether the provider's session is to end, too. */
  endsThere: boolean
  /** Whether sign-ins that are under way in this browser are to end, too: it forgets them with the answer. */
  endsSignIns?: boolean
  /** To come back to from there. */
  path?: string | undefined
  background: Background
}

/**
 * Ends a session here, whatever the provider says.
 * @returns where the user has to go to end the provider's; undefined where there is nothing to end
 * @throws ProblemError that deletes the cookie: without it the record is closed for good
 */
export async function logOutSession(
  parts: LogoutParts,
  request: BffRequest,
  how: Logout,
): Promise<string | undefined> {
  const { sessions, revocations, env, transactions } = parts
  const { endsThere, endsSignIns = false, background } = how
  try {
    const ending = endAll(parts, request, how)
    revocations.after(ending, background)
    const { first, revoked } = await within(env, ending, STORE_DEADLINE_MS, storeAwayError)
    if (!first) return undefined
    const target = endsThere ? await whereToEnd(parts, first, how) : undefined
    await Promise.race([revoked, pause(env, PROVIDER_DEADLINE_MS)])
    return target
  } catch (error) {
    const { code, details } = toProblem(error)
    const lines = [...sessions.deletion(), ...(endsSignIns ? transactions.deletion(request) : [])]
    const headers = lines.map((line): [string, string] => ['set-cookie', line])
    throw new ProblemError(code, { ...details, headers })
  }
}

interface Ended {
  /** Where there was one. */
  first: LiveSession | undefined
  /** When that was tried. */
  revoked: Promise<void>
}

/** The session of the request, and what else ends with it. @throws AuthError where the store does not come back */
async function endAll(parts: LogoutParts, request: BffRequest, how: Logout): Promise<Ended> {
  const { sessions, revocations, emit } = parts
  const { reason, endsSignIns = false, background } = how
  const told = <T>(ending: Promise<T>) => orTold(parts, { request, reason }, ending)
  const session = await told(sessions.end(request))
  // Where that cannot be written down, the browser still forgets them.
  const others = endsSignIns ? await told(endSignIns(parts, request)).catch(() => []) : []
  const ended = [...(session ? [session] : []), ...others]
  for (const { ticket } of ended) {
    emit({ type: 'session-ended', session: sessionName(ticket), reason })
  }
  const refreshTokens = ended.flatMap(({ contents }) => refreshTokensOf(contents))
  return { first: ended[0], revoked: revocations.revoked(refreshTokens, background) }
}

/** What is lost after the answer is lost to everybody but the operator. */
async function orTold<T>(
  { sessions, emit }: LogoutParts,
  { request, reason }: { request: BffRequest; reason: SessionEndReason },
  ending: Promise<T>,
): Promise<T> {
  try {
    return await ending
  } catch (error) {
    const ticket = await sessions.ticketOf(request)
    const known = error instanceof AuthError && { error: error.toJSON() }
    const session = ticket ? sessionName(ticket) : ''
    emit({ type: 'session-end-failed', session, reason, ...known })
    throw error
  }
}

function storeAwayError(): AuthError {
  return new AuthError('store_unavailable', {
    message: 'The session store does not answer: the session ends when it does.',
  })
}

/**
 * Those that this browser began before: one that is being finished finds a mark, and one that was finished, whose cookie
 * is still on its way, has become a session that ends here.
 * @returns the sessions that they had become
 */
async function endSignIns(
  { env, sessions, transactions, tombstones }: LogoutParts,
  request: BffRequest,
): Promise<LiveSession[]> {
  // Who was signed in here once. Nobody else fills a store with what they say that they began.
  if (!(await sessions.ticketOf(request))) return []
  const begun = await transactions.open(request)
  // In this order: a callback writes its session, and then looks for the mark.
  const names = await Promise.all(begun.map(({ state }) => transactions.nameOf(state)))
  await persist(env, () => tombstones.putSignIns(names))
  const all = [...begun, ...(await transactions.finished(request))]
  const ended = all.map(({ codeVerifier }) => sessions.endOfSignIn(codeVerifier))
  return (await Promise.all(ended)).flat()
}

/** The path to come back to travels in `state`, sealed: providers compare the redirect URI letter for letter. */
async function whereToEnd(
  { env, provider, settings, keys }: LogoutParts,
  { contents }: LiveSession,
  { path, background }: Logout,
): Promise<string | undefined> {
  const party = await Promise.race([
    provider.party(background).catch((error: unknown) => {
      if (!(error instanceof AuthError)) throw error
    }),
    pause(env, PROVIDER_DEADLINE_MS),
  ])
  if (!party) return undefined
  return endSessionUrl(party, {
    idTokenHint: contents.idToken,
    postLogoutRedirectUri: settings.origin + settings.basePath + BFF_PATHS.loggedOut,
    ...(path !== undefined && { state: await keys.seal('logout', path) }),
  })
}
