import { AuthError } from '../../errors.ts'
import { deserialize, type HeldToken } from '../../vault/held-token.ts'
import type { TokenNeed, Vault } from '../../vault/vault.ts'
import type { PageEnvironment } from '../page/environment.ts'
import type { TokenCache } from './token-cache.ts'
import { instant, validityLeft, type TokenEntry } from './token-entry.ts'

/** What a request adds to the need. */
export type TokenRequestOptions = Pick<
  TokenNeed,
  'minValidity' | 'forceRefresh' | 'proactive' | 'resumed'
>

/** Asks the vault for an entry's token, and stores the answer. @throws AuthError */
export type RequestToken = (entry: TokenEntry, options: TokenRequestOptions) => Promise<HeldToken>

export interface RequestTokenParts {
  page: Pick<PageEnvironment, 'now' | 'monotonic'>
  cache: TokenCache
  withVault<T>(call: (vault: Vault) => Promise<T>): Promise<T>
}

export function createRequestToken({ page, cache, withVault }: RequestTokenParts): RequestToken {
  async function ask({ need }: TokenEntry, options: TokenRequestOptions): Promise<HeldToken> {
    const { session } = cache
    const { key: _, ...wanted } = need
    const issued = await withVault((vault) =>
      vault.getToken({ ...wanted, ...options, subject: session?.subject }),
    )
    if (session !== cache.session) throw cache.closed ?? anotherUserError()
    cache.store(issued)
    return deserialize(issued, instant(page))
  }

  return async (entry, options) => {
    cache.forgetIdle()
    const { minValidity = 0, forceRefresh = false } = options
    // The answer may have lain in a frozen page's queue, or the vault finds good what this page finds over.
    for (const force of [forceRefresh, !forceRefresh]) {
      const token = await ask(entry, { ...options, forceRefresh: force })
      // `expires_in: 0` is good for this once.
      if (token.lifetime === 0 || validityLeft(token, page) > minValidity) return token
    }
    throw new AuthError('timeout', { message: 'The token was over when it came. Try again.' })
  }
}

export function anotherUserError(): AuthError {
  return new AuthError('user_mismatch', { message: 'Another user signed in.' })
}
