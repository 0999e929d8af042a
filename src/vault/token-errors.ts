import { AuthError } from '../errors.ts'
import type { HeldToken } from './held-token.ts'
import type { VaultState } from './vault.ts'

// What a caller is told who gets no token, by whichever vault, and what to do about it.

/** Why there is no session, in the provider's words where it ended it. */
export function noSessionError(state: Exclude<VaultState, { status: 'live' }>): AuthError {
  if (state.status === 'empty') {
    return new AuthError('signed_out', { message: 'Nobody is signed in. Call signIn() first.' })
  }
  const { status, error, errorDescription } = state.error ?? {}
  const said = errorDescription ?? error
  const words = said === undefined || said === state.reason ? '' : ` The provider says: ${said}.`
  return new AuthError('session_expired', {
    message: `The session ended (${state.reason}).${words} Call signIn() to go on as the same user.`,
    status,
    error,
    errorDescription,
  })
}

export const ANOTHER_USER = 'Another user signed in meanwhile.'

export function anotherUserError(): AuthError {
  return new AuthError('user_mismatch', { message: ANOTHER_USER })
}

export function tokenTooShortError({ lifetime }: HeldToken, minValidity: number): AuthError {
  return minValidity > 0
    ? new AuthError('min_validity_unattainable', {
        message: `Access tokens hold ${lifetime} ms here: ask for less minValidity than ${minValidity}.`,
      })
    : new AuthError('timeout', { message: 'The token was over when it came.' })
}
