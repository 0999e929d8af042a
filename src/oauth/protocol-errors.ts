import { AuthError } from '../errors.ts'

/**
 * An ID token that does not say what it must. @param why the claim, or what is wrong
 * @param detail what came and what was expected: never a value that names a person
 */
export function invalidIdTokenError(why: string, detail?: string): AuthError {
  const more = detail === undefined ? '' : ` ${detail}.`
  return new AuthError('id_token_invalid', { message: `ID token refused: ${why}.${more}` })
}

/** A refreshed ID token that is odd, and proves who it is all the same: noted, never thrown. */
export function oddIdTokenError(what: string): AuthError {
  return new AuthError('id_token_invalid', {
    message: `Refreshed ID token: ${what}. The session goes on.`,
  })
}

/** A value of the provider's, for a message. */
export function quote(value: unknown): string {
  return value === undefined ? 'absent' : JSON.stringify(value).slice(0, 200)
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

/** UserInfo that cannot be used. */
export function invalidUserInfoError(why: string): AuthError {
  return new AuthError('invalid_response', { message: `UserInfo refused: ${why}.` })
}
