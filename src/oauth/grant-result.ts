import type { AuthError } from '../errors.ts'
import type { IdTokenClaims, TokenResponse } from './types.ts'

/** One checked answer of the token endpoint. Only the vault may see this: it holds the refresh token. */
export interface TokenGrant {
  response: TokenResponse
  refreshToken?: string
  /** Verified claims; absent when a refresh answered without an ID token. */
  claims?: IdTokenClaims
  /** What was odd about the ID token of a refresh that counts all the same: for diagnostics. */
  notes?: AuthError[]
}

/** What a token request came to. A caller's mistake is a TypeError instead, thrown before anything is sent. */
export type GrantResult<G extends TokenGrant = TokenGrant> = { ok: true; grant: G } | RefusedGrant

export interface RefusedGrant {
  ok: false
  error: AuthError
  /**
   * The refresh token of an answer that was thrown away. Of a family it is the newest: to be used from then on, or,
   * where the session is over or never began, to be revoked (RFC 7009).
   */
  refreshToken?: string
}
