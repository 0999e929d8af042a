import { compactVerify } from 'jose/jws/compact/verify'
import { getKeys } from './jwks.ts'
import type { RelyingParty } from './relying-party.ts'

/**
 * Whether a published key of the provider's verifies it, and no other: `jku`, `x5u` and `jwk` in the header are not
 * read. Each key of that `kid` is tried; jose sees to kty, alg, use, key_ops and the length of RSA keys.
 * @throws AuthError where the keys are out of reach
 */
export async function isSigned(
  party: RelyingParty,
  jws: string,
  kid: unknown,
  algorithms: string[],
): Promise<boolean> {
  for (const refetch of [false, true]) {
    for (const key of await getKeys(party, refetch)) {
      try {
        if (kid !== undefined && key.kid !== kid) continue
        await compactVerify(jws, key, { algorithms })
        return true
      } catch {
        // Another key may.
      }
    }
  }
  return false
}
