import { checkIdentity } from './id-token-claims.ts'
import { decodeBase64url, isAsymmetric, isSymmetric, readJwt } from './jwt.ts'
import { invalidIdTokenError, signatureUnverifiableError } from './protocol-errors.ts'
import type { RelyingParty } from './relying-party.ts'
import { isSigned } from './signature.ts'
import type { TokenResponse, VerifiedIdToken } from './types.ts'

/**
 * What holds for every ID token from the token endpoint (OpenID Connect Core §3.1.3.7), whatever it answers.
 * @returns undefined for an encrypted one, which only `verification: 'tls'` lets pass unread
 */
export async function verifyIdToken(
  party: RelyingParty,
  { id_token = '', access_token }: TokenResponse,
): Promise<VerifiedIdToken | undefined> {
  const { client, metadata } = party
  const trustsTls = client.verification === 'tls'
  const jwt = readJwt(id_token)
  if (!jwt) throw invalidIdTokenError('not a JWT')
  const { claims } = jwt
  const { alg, kid, crit } = jwt.header
  const symmetric = isSymmetric(alg)
  if (!trustsTls && (!claims || symmetric)) {
    throw signatureUnverifiableError(
      `The provider's ID tokens are ${claims ? `signed with ${String(alg)}` : 'encrypted'}.`,
    )
  }
  if (!claims) return undefined
  // §3.1.3.7 (7), never `none`.
  const advertised = metadata.id_token_signing_alg_values_supported ?? ['RS256']
  const algorithms = advertised.filter(isAsymmetric)
  if (typeof alg !== 'string' || !(symmetric || algorithms.includes(alg))) {
    throw invalidIdTokenError(`its alg is not ${algorithms.join(', ')}`)
  }
  // No extension is understood here, `b64` is not for JWTs (RFC 7515 §4.1.11, RFC 7797 §7).
  if (crit !== undefined) throw invalidIdTokenError('crit')
  checkIdentity(party, claims)
  const { at_hash } = claims
  const hashMatches = at_hash === undefined || (await isHashOf(access_token, alg, at_hash))
  if (!trustsTls && !(await isSigned(party, id_token, kid, algorithms))) {
    throw invalidIdTokenError('no key of the provider verifies its signature')
  }
  return { claims, hashMatches }
}

/** Core §3.1.3.6: the left half of the hash that belongs to the alg; Ed25519's own is SHA-512. */
async function isHashOf(token: string, alg: string, atHash: unknown): Promise<boolean> {
  const bits = /(256|384)$/.exec(alg)?.[0] ?? 512
  const hash = await crypto.subtle.digest(`SHA-${bits}`, new TextEncoder().encode(token))
  const half = new Uint8Array(hash, 0, hash.byteLength / 2)
  return String(decodeBase64url(atHash)) === String(half)
}
