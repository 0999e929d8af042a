import { compactVerify } from 'jose/jws/compact/verify'
import { getKeys, type JwksCache } from './jwks.ts'
import { refused } from './refused.ts'
import type { OAuthContext, ServerMetadata } from './types.ts'

/**
 * Verifies with the provider's published keys, and no others: `jku`, `x5u` and `jwk` in the header are not read.
 * Each key of that `kid` is tried; jose sees to kty, alg, use, key_ops and the length of RSA keys.
 */
export async function verifySignature(
  context: OAuthContext,
  metadata: ServerMetadata,
  jws: string,
  kid: unknown,
  algorithms: string[],
  cache: JwksCache,
): Promise<void> {
  let cause: unknown
  for (const again of [false, true]) {
    for (const key of await getKeys(context, metadata, cache, again)) {
      try {
        if (kid !== undefined && key.kid !== kid) continue
        await compactVerify(jws, key, { algorithms })
        return
      } catch (error) {
        cause = error
      }
    }
  }
  throw refused('no key of the provider verifies its signature', cause)
}
