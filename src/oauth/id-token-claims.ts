import { isSeconds, isText, type JsonObject } from './json.ts'
import { invalidIdTokenError, userMismatchError } from './protocol-errors.ts'
import type { ClientConfig, IdTokenClaims, SignInTransaction } from './types.ts'

// Judged here, not by the library: it knows no time but the device's, compares `aud` and `azp` less strictly, and
// its errors hold the claims.

/** Seconds of disagreement between a provider's own machines. */
const TOLERANCE_S = 30

/**
 * OpenID Connect Core §3.1.3.7, 2 to 5 and 9, 10. An ID token comes straight from the provider: provider time now is
 * its `iat`, the device's clock is not asked.
 */
export function checkIdTokenClaims(
  client: ClientConfig,
  claims: JsonObject,
): asserts claims is IdTokenClaims {
  const { iss, sub, aud, azp, iat, exp, nbf = 0, auth_time = 0 } = claims
  // Simple string comparison; and no other audience is trusted with it.
  if (iss !== client.issuer) throw invalidIdTokenError('iss')
  if (!isText(sub) || sub.length > 255) throw invalidIdTokenError('sub')
  const audiences = [aud].flat()
  if (azp !== client.clientId && (azp !== undefined || audiences.length > 1)) {
    throw invalidIdTokenError('azp')
  }
  if (!audiences.length || audiences.some((audience) => audience !== client.clientId)) {
    throw invalidIdTokenError('aud')
  }
  if (!isSeconds(iat)) throw invalidIdTokenError('iat')
  if (!isSeconds(exp)) throw invalidIdTokenError('exp')
  if (!isSeconds(nbf)) throw invalidIdTokenError('nbf')
  if (!isSeconds(auth_time)) throw invalidIdTokenError('auth_time')
  if (exp <= iat || nbf > iat + TOLERANCE_S) throw invalidIdTokenError('exp or nbf')
}

/** The ID token of a sign-in: OpenID Connect Core §3.1.3.7, 11 and 13. */
export function checkSignInClaims(
  { nonce, max_age }: SignInTransaction,
  claims: IdTokenClaims,
): void {
  if (!nonce || claims.nonce !== nonce) throw invalidIdTokenError('nonce')
  if (max_age === undefined) return
  const { auth_time, iat } = claims
  // Written so that a `max_age` that is no number refuses.
  const recent = auth_time !== undefined && auth_time + max_age >= iat - TOLERANCE_S
  if (!recent) throw invalidIdTokenError('auth_time')
}

/** The ID token of a refresh: OpenID Connect Core §12.2; `iss` and `aud` are those of every ID token. */
export function checkRefreshedClaims(previous: IdTokenClaims, claims: IdTokenClaims): void {
  const { sub, azp, nonce, auth_time, iat } = claims
  if (sub !== previous.sub) throw userMismatchError('The refresh')
  if (azp !== previous.azp) throw invalidIdTokenError('azp')
  if (nonce !== undefined && nonce !== previous.nonce) throw invalidIdTokenError('nonce')
  const bothSay = auth_time !== undefined && previous.auth_time !== undefined
  if (bothSay && auth_time !== previous.auth_time) throw invalidIdTokenError('auth_time')
  if (iat < previous.iat - TOLERANCE_S) throw invalidIdTokenError('iat')
}
