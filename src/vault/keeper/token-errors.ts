import { AuthError } from '../../errors.ts'
import type { HeldToken } from '../held-token.ts'
import type { VaultState } from '../vault.ts'

// What a caller is told who gets no token, and what to do about it.

/** Why there is no session. @param cause the provider's answer that ended it */
export function noSessionError(
  { status, reason }: Exclude<VaultState, { status: 'live' }>,
  cause?: AuthError,
): AuthError {
  return status === 'expired'
    ? new AuthError('session_expired', {
        message: `The session ended (${reason}). Call signIn() to go on as the same user.`,
        status: cause?.status,
        error: cause?.error,
      })
    : new AuthError('signed_out', { message: 'Nobody is signed in. Call signIn() first.' })
}

export function anotherUserError(): AuthError {
  return new AuthError('user_mismatch', { message: 'Another user signed in meanwhile.' })
}

export function noRefreshTokenError(): AuthError {
  return new AuthError('no_refresh_token', {
    message:
      'No refresh token came. Ask for it: scope offline_access, offlineAccess: "consent", the provider\'s client settings.',
  })
}

export function tokenTooShortError({ lifetime }: HeldToken, minValidity: number): AuthError {
  return minValidity > 0
    ? new AuthError('min_validity_unattainable', {
        message: `Access tokens hold ${lifetime} ms here: ask for less minValidity than ${minValidity}.`,
      })
    : new AuthError('timeout', {
        message: `The token was over (${lifetime} ms) when it came.`,
      })
}
