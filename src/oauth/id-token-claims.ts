import type { AuthError } from '../errors.ts'
import { expectedIssuer } from './issuer.ts'
import { isSeconds, isText, type JsonObject } from './json.ts'
import { invalidIdTokenError, quote } from './protocol-errors.ts'
import type { FrontChannelParty } from './relying-party.ts'
import type { ClientConfig, IdTokenClaims, SignInTransaction, VerifiedIdToken } from './types.ts'

// Judged here, not by the library: it knows no time but the device's, compares `aud` and `azp` less strictly, and
// its errors hold the claims.

/** Seconds of disagreement between a provider's own machines. */
export const TOLERANCE_S = 30

/**
 * Who it is, from whom and for whom: OpenID Connect Core §3.1.3.7, 2 and 3. An ID token comes straight from the
 * provider: provider time now is its `iat`, the device's clock is not asked.
 */
export function checkIdentity(
  party: FrontChannelParty,
  claims: JsonObject,
): asserts claims is IdTokenClaims {
  const { iss, sub, aud, iat } = claims
  const { clientId } = party.client
  const issuer = expectedIssuer(party, claims)
  // Simple string comparison.
  if (iss !== issuer) {
    throw otherError('iss', iss, 'issuer', issuer)
  }
  if (!isText(sub) || sub.length > 255) {
    throw invalidIdTokenError('sub')
  }
  const audiences = audiencesOf(aud)
  if (!audiences.every(isText) || !audiences.includes(clientId)) {
    throw otherError('aud', aud, 'clientId', clientId)
  }
  if (!isSeconds(iat)) throw invalidIdTokenError('iat')
}

export function audiencesOf(aud: unknown): unknown[] {
  return [aud].flat()
}

/**
 * The ID token of a sign-in: OpenID Connect Core §3.1.3.7, 3 to 5 and 9 to 13.
 * @param transaction undefined where a refresh brings the first ID token
 */
export function checkNewIdToken(
  client: ClientConfig,
  { claims, hashMatches }: VerifiedIdToken,
  transaction?: SignInTransaction,
): void {
  checkAuthorizedParty(client, claims)
  checkTimes(claims)
  if (!hashMatches) throw invalidIdTokenError('at_hash', 'It is not of the access token beside it')
  if (!transaction) return
  const { nonce, max_age } = transaction
  if (!nonce || claims.nonce !== nonce) {
    throw invalidIdTokenError('nonce')
  }
  if (max_age === undefined) return
  const { auth_time, iat } = claims
  // Written so that a `max_age` that is no number refuses.
  const recent = auth_time !== undefined && auth_time + max_age >= iat - TOLERANCE_S
  if (!recent) throw invalidIdTokenError('auth_time', `It must not be ${max_age} s ago (max_age)`)
}

/** No further audience is trusted with it, unless the provider says that it is for this client, or the application does. */
function checkAuthorizedParty(
  { clientId, audiences: trusted = [] }: ClientConfig,
  { aud, azp }: JsonObject,
): void {
  if (azp === clientId) return
  if (azp !== undefined) {
    throw otherError('azp', azp, 'clientId', clientId)
  }
  const audiences = audiencesOf(aud)
  if (audiences.length === 1) return
  const further = audiences.filter((audience) => audience !== clientId)
  const allTrusted = further.every((audience) => trusted.some((one) => one === audience))
  if (!further.length || !allTrusted) {
    throw invalidIdTokenError(
      'aud',
      `It names ${quote(further)} too, and no azp. Trust them with the option idToken: { audiences: [...] }`,
    )
  }
}

/** @throws AuthError */
function checkTimes({ iat, exp, nbf = 0, auth_time = 0 }: IdTokenClaims): void {
  for (const [name, time] of Object.entries({ exp, nbf, auth_time })) {
    if (!isSeconds(time)) throw invalidIdTokenError(name)
  }
  if (exp <= iat || Number(nbf) > iat + TOLERANCE_S) {
    throw invalidIdTokenError('exp or nbf')
  }
}

function otherError(claim: string, came: unknown, option: string, expected: string): AuthError {
  const asked = `the option \`${option}\` asks for ${quote(expected)}`
  return invalidIdTokenError(claim, `It is ${quote(came)}, ${asked}`)
}
