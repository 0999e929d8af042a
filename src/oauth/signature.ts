import { compactVerify } from 'jose/jws/compact/verify'
import { invalidIdTokenError } from './protocol-errors.ts'
import { getKeys } from './jwks.ts'
import type { RelyingParty } from './relying-party.ts'

/**
 * Verifies with the provider's published keys, and no others: `jku`, `x5u` and `jwk` in the header are not read.
 * Each key of that `kid` is tried; jose sees to kty, alg, use, key_ops and the length of RSA keys.
 */
export async function verifySignature(
  party: RelyingParty,
  jws: string,
  kid: unknown,
  algorithms: string[],
): Promise<void> {
  let cause: unknown
  for (const refetch of [false, true]) {
    for (const key of await getKeys(party, refetch)) {
      try {
        if (kid !== undefined && key.kid !== kid) continue
        await compactVerify(jws, key, { algorithms })
        return
      } catch (error) {
        cause = error
      }
    }
  }
  throw invalidIdTokenError('no key of the provider verifies its signature', cause)
}
