import { AuthError } from '../errors.ts'

/** An ID token that does not say what it must. */
export function invalidIdTokenError(why: string, cause?: unknown): AuthError {
  return new AuthError('id_token_invalid', { message: `ID token refused: ${why}.`, cause })
}

/** Nothing is wrong with an ID token, but it cannot be verified here. */
export function signatureUnverifiableError(why: string): AuthError {
  return new AuthError('signature_unverifiable', { message: `${why} ${TRUST_TLS_HINT}` })
}

const TRUST_TLS_HINT =
  "Trust TLS alone with idToken: { verification: 'tls' }, or ask the provider for RS256."

/** A refresh, or UserInfo, that speaks of another user than the session's. */
export function userMismatchError(what: 'The refresh' | 'UserInfo'): AuthError {
  return new AuthError('user_mismatch', { message: `${what} is about another user: discarded.` })
}
