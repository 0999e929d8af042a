import type { JWK } from 'jose'
import { getKeys } from './jwks.ts'
import { ASYMMETRIC, decodeBase64url, isAsymmetric, readJwt } from './jwt.ts'
import type { RelyingParty } from './relying-party.ts'

/** RFC 7518 §3.3 and §3.5. */
const MIN_RSA_BITS = 2048

/**
 * Whether a published key of the provider's verifies it, and no other: `jku`, `x5u` and `jwk` in the header are not
 * read. Each key of that `kid` is tried.
 * @param jws of three parts, as `readJwt` takes it
 * @throws AuthError where the keys are out of reach
 */
export async function isSigned(
  party: RelyingParty,
  jws: string,
  kid: unknown,
  algorithms: string[],
): Promise<boolean> {
  const alg = readJwt(jws)?.header['alg']
  if (!isAsymmetric(alg) || !algorithms.includes(alg)) return false
  for (const refetch of [false, true]) {
    for (const key of await getKeys(party, refetch)) {
      try {
        if (kid !== undefined && key.kid !== kid) continue
        if (await verifies(key, alg, jws)) return true
      } catch {
        // Another key may.
      }
    }
  }
  return false
}

/** @throws for a key that WebCrypto refuses: of another kty or crv, with another use or key_ops, or a private one */
async function verifies(key: JWK, alg: keyof typeof ASYMMETRIC, jws: string): Promise<boolean> {
  const { alg: only = alg, ...jwk } = key
  if (only !== alg) return false
  const algorithm = ASYMMETRIC[alg]
  const publicKey = await crypto.subtle.importKey('jwk', jwk, algorithm, false, ['verify'])
  const { modulusLength = MIN_RSA_BITS } = publicKey.algorithm as Partial<RsaKeyAlgorithm>
  if (modulusLength < MIN_RSA_BITS) return false
  // RFC 7515 §5.2: what was signed is all before the last dot.
  const end = jws.lastIndexOf('.')
  const signed = new TextEncoder().encode(jws.slice(0, end))
  const signature = decodeBase64url(jws.slice(end + 1))
  return signature ? crypto.subtle.verify(algorithm, publicKey, signature, signed) : false
}
