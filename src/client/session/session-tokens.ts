import { AuthError } from '../../errors.ts'
import type { TokenCache } from '../tokens/token-cache.ts'
import type { LiveState } from './session-machine.ts'
import type { Session } from './session.ts'

/** Before a session is shown, its tokens: opened for the user who is signed in, closed with the reason otherwise. */
export function setTokens(
  cache: TokenCache,
  next: Session<unknown>,
  live: LiveState | undefined,
): void {
  if (live) return cache.open(live.claims.sub, live.token)
  // A user who signs in again keeps what they have until then.
  const keeps = next.status === 'signing-in' && cache.subject !== undefined
  if (!keeps) cache.close(noTokenError(next) ?? null)
}

/** Why a session has no tokens; undefined while it may yet have. */
function noTokenError(session: Session<unknown>): AuthError | undefined {
  if (session.status === 'error') return session.error
  if (session.status !== 'signed-out' && session.status !== 'expired') return undefined
  return new AuthError(session.status === 'expired' ? 'session_expired' : 'signed_out', {
    message: `No session (${session.reason}). Call signIn() first.`,
  })
}
