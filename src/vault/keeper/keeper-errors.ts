import { AuthError } from '../../errors.ts'

// What only a keeper says: a page in BFF mode does not load it.

/** The caller waited for as long as a caller may. */
export function lateTokenError(): AuthError {
  return new AuthError('timeout', { message: 'No token in time. Try again later.' })
}

export function noRefreshTokenError(): AuthError {
  return new AuthError('no_refresh_token', {
    message:
      'No refresh token came. Ask for it: scope offline_access, offlineAccess: "consent", the provider\'s client settings.',
  })
}
