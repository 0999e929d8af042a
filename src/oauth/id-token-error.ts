import { AuthError } from '../errors.ts'

/** An ID token that does not say what it must. */
export function invalidIdTokenError(why: string, cause?: unknown): AuthError {
  return new AuthError('id_token_invalid', { message: `ID token refused: ${why}.`, cause })
}
