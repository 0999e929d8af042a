import type { JWK } from 'jose'
import { customFetch } from 'oauth4webapi'
import { AuthError } from '../errors.ts'
import { signatureUnverifiableError } from './protocol-errors.ts'
import { requestJson } from './request-json.ts'
import type { OAuthContext, ServerMetadata } from './types.ts'

/** After this long keys are asked for again; the old ones still serve while the provider is out of reach. */
const JWKS_MAX_AGE_MS = 600_000
const REFETCH_COOL_DOWN_MS = 30_000
/** A fetch that failed is tried once more at once, because it may be one that was only made ahead of need; then not for so long. */
const FAILURE_COOL_DOWN_MS = 5_000

interface Keys {
  keys?: readonly JWK[]
  fetchedAt: number
  /** When an unknown key last had us ask again. */
  refetchedAt: number
  pending?: Promise<readonly JWK[]> | undefined
  /** What the last fetch failed with. */
  failure?: unknown
  /** When it did; never, if it was the first one in a row. */
  failedAt: number
}

/** The providers' public keys. Each issuer has its own. */
export type JwksCache = Map<string, Keys>

export function createJwksCache(): JwksCache {
  return new Map()
}

/** The part of a relying party that finds its provider's keys. */
interface KeySource {
  context: OAuthContext
  metadata: Pick<ServerMetadata, 'issuer' | 'jwks_uri'>
  keys: JwksCache
}

/**
 * @param refetch the keys at hand do not verify a signature (OpenID Connect Core §10.1.1): asks anew, once in
 *   30 seconds, in one request for all callers
 */
export async function getKeys(
  { context, metadata: { issuer, jwks_uri }, keys: cache }: KeySource,
  refetch = false,
): Promise<readonly JWK[]> {
  if (!jwks_uri) {
    throw signatureUnverifiableError('The provider has no jwks_uri.')
  }
  const id = JSON.stringify([issuer, jwks_uri])
  const entry = cache.get(id) ?? { fetchedAt: 0, refetchedAt: -Infinity, failedAt: Infinity }
  cache.set(id, entry)
  const now = context.now()
  // The clock may have been set back: any distance counts.
  const since = Math.abs(now - (refetch ? entry.refetchedAt : entry.fetchedAt))
  if (entry.keys && since < (refetch ? REFETCH_COOL_DOWN_MS : JWKS_MAX_AGE_MS)) return entry.keys
  try {
    if (entry.failure && Math.abs(now - entry.failedAt) < FAILURE_COOL_DOWN_MS) throw entry.failure
    entry.pending ??= fetchKeys(context, jwks_uri)
      .catch((error: unknown) => {
        entry.failedAt = entry.failure ? now : Infinity
        throw (entry.failure = error)
      })
      .finally(() => delete entry.pending)
    entry.keys = await entry.pending
    delete entry.failure
    entry.fetchedAt = now
    if (refetch) entry.refetchedAt = now
  } catch (error) {
    if (refetch || !entry.keys) throw error
  }
  return entry.keys
}

async function fetchKeys(context: OAuthContext, url: string): Promise<readonly JWK[]> {
  const { keys } = await requestJson(
    context,
    ({ [customFetch]: fetch }) => fetch(url, { method: 'GET', headers: {} }),
    { refusal: 'provider_unavailable', isDocument: true },
  )
  if (!Array.isArray(keys)) {
    throw new AuthError('provider_unavailable', { message: `${url} is not a JWK Set.` })
  }
  // Entries are not validated here: a malformed one verifies nothing.
  return keys as JWK[]
}
