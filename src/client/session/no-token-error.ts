import { AuthError } from '../../errors.ts'
import type { Session } from './session.ts'

/** Why a session has no tokens, and what to do; undefined while it may yet have. */
export function noTokenError(session: Session<unknown>): AuthError | undefined {
  if (session.status === 'error') return session.error
  if (session.status === 'expired') return expiredError(session.reason, session.error)
  if (session.status !== 'signed-out') return undefined
  return new AuthError('signed_out', {
    message: `No user is signed in (${session.reason}). Call signIn() first.`,
  })
}

/** With the provider's own words, where it said why. */
function expiredError(reason: string, end: Partial<AuthError> = {}): AuthError {
  const { message, status, error, errorDescription } = end
  return new AuthError('session_expired', {
    message: `The session ended (${reason}${message ? `: ${message}` : ''}). Call signIn() to go on as the same user.`,
    ...{ status, error, errorDescription },
  })
}
