import { jwksCache, validateApplicationLevelSignature } from 'oauth4webapi'
import { AuthError } from './errors.ts'
import { getKeys, type JwksCache } from './jwks.ts'
import type { OAuthContext, ServerMetadata } from './types.ts'

/**
 * Verifies the ID token of a processed token response with the provider's published keys, and no others:
 * `jku`, `x5u` and `jwk` in its header are not read. oauth4webapi chooses by kid, kty, alg, use and key_ops,
 * but refuses to choose among several: so it is asked about one key at a time.
 */
export async function verifySignature(
  context: OAuthContext,
  metadata: ServerMetadata,
  processed: Response,
  cache: JwksCache,
): Promise<void> {
  let cause: unknown
  for (const again of [false, true]) {
    for (const key of await getKeys(context, metadata, cache, again)) {
      try {
        // `uat`: never stale, so that it never fetches keys itself; it also keeps keys per metadata object.
        const options = { [jwksCache]: { jwks: { keys: [key] }, uat: Infinity } }
        return await validateApplicationLevelSignature({ ...metadata }, processed, options)
      } catch (error) {
        cause = error
      }
    }
  }
  throw new AuthError('id_token_invalid', {
    message: 'ID token refused: no key of the provider verifies its signature.',
    cause,
  })
}
