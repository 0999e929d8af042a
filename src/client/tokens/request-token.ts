import { AuthError } from '../../errors.ts'
import type { Instant } from '../../renewal/lifetime.ts'
import { deserialize, type HeldToken } from '../../vault/held-token.ts'
import type { TokenNeed, Vault } from '../../vault/vault.ts'
import type { TokenCache } from './token-cache.ts'
import type { TokenEntry } from './token-entry.ts'

/** What a request adds to the need. */
export type TokenRequestOptions = Pick<
  TokenNeed,
  'minValidity' | 'forceRefresh' | 'proactive' | 'resumed'
>

/** Asks the vault for an entry's token, and stores the answer. @throws AuthError */
export type RequestToken = (entry: TokenEntry, options: TokenRequestOptions) => Promise<HeldToken>

export interface RequestTokenParts {
  cache: TokenCache
  withVault<T>(call: (vault: Vault) => Promise<T>): Promise<T>
  instant(): Instant
}

export function createRequestToken({ cache, withVault, instant }: RequestTokenParts): RequestToken {
  return async ({ need }, options) => {
    cache.sweep()
    const { session } = cache
    const { key: _, ...wanted } = need
    const issued = await withVault((vault) =>
      vault.getToken({ ...wanted, ...options, subject: cache.subject }),
    )
    if (session !== cache.session) throw cache.closed ?? anotherUserError()
    cache.store(issued)
    return deserialize(issued, instant())
  }
}

export function anotherUserError(): AuthError {
  return new AuthError('user_mismatch', { message: 'Another user signed in.' })
}
