import type { ServerSession, SessionAnswer, SessionClaims } from '../../bff-protocol.ts'
import { sessionName } from '../events.ts'
import { validityOf } from './session-contents.ts'
import type { LiveSession } from './sessions.ts'

/** What a page is told of its session: never a token, and of the user what the options allow. */
export function sessionAnswer(
  session: LiveSession | undefined,
  claims: readonly string[],
  now: number,
): SessionAnswer {
  if (!session) return { authenticated: false }
  const { ticket, record, contents, renewAt } = session
  const own = contents.tokens['']
  const renewedFrom = renewAt ?? (own ? now + validityOf(own, now) : 0)
  const secondsUntil = (time: number) => Math.max(0, Math.floor((time - now) / 1000))
  return {
    authenticated: true,
    claims: claimsForPage(session, claims),
    accessTokenExpiresIn: secondsUntil(renewedFrom),
    sessionExpiresIn: secondsUntil(record.absoluteUntil),
    idleExpiresIn: secondsUntil(Math.min(record.idleUntil, record.absoluteUntil)),
    generation: contents.generation,
    session: sessionName(ticket),
    ...(renewAt !== undefined && { renewedByPage: true as const }),
  }
}

/** The same for a page that a server renders. */
export function serverSession(
  session: LiveSession | undefined,
  claims: readonly string[],
): ServerSession {
  if (!session) return { status: 'signed-out', reason: 'no_session' }
  const user = claimsForPage(session, claims)
  return { status: 'signed-in', user, subject: user.sub, session: sessionName(session.ticket) }
}

/** UserInfo adds; it contradicts no ID token. */
function claimsForPage({ contents }: LiveSession, allowed: readonly string[]): SessionClaims {
  const all: Record<string, unknown> = { ...contents.userInfo, ...contents.claims }
  const { sub } = contents.claims
  return {
    ...Object.fromEntries(
      allowed.filter((name) => all[name] !== undefined).map((name) => [name, all[name]]),
    ),
    sub,
  }
}
