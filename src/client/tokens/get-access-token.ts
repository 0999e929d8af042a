import { AuthError } from '../../errors.ts'
import { normalizeNeed } from '../../vault/token-need.ts'
import type { AccessTokenOptions } from '../auth-client.ts'
import { abortable } from '../promises.ts'
import type { RequestToken } from './request-token.ts'
import type { TokenCache } from './token-cache.ts'
import type { TokenEntry } from './token-entry.ts'

export interface GetAccessTokenParts {
  cache: TokenCache
  requestToken: RequestToken
  /** Settles when a user is signed in: the one the page showed, if it showed one. @throws AuthError */
  signedIn(): Promise<unknown>
  /** Those who read the token as a value learn of a failure too. */
  onFailed(entry: TokenEntry, error: AuthError): void
}

/** A token that is valid now: the one at hand, or the vault's. */
export function createGetAccessToken({
  cache,
  requestToken,
  signedIn,
  onFailed,
}: GetAccessTokenParts) {
  async function request(entry: TokenEntry, options: AccessTokenOptions): Promise<string> {
    const { minValidity, forceRefresh } = options
    await signedIn()
    const { session } = cache
    try {
      const { response } = await requestToken(entry, {
        minValidity: minValidity ?? cache.defaultMinValidity(entry),
        forceRefresh,
      })
      return response.access_token
    } catch (error) {
      if (session !== cache.session || minValidity !== undefined) throw error
      // The default is a wish: a token that is still valid is better than none.
      const token = cache.held(entry.need, 0)
      if (token !== undefined && !forceRefresh) return token
      const isKnown = error instanceof AuthError && error.code !== 'user_mismatch'
      if (isKnown && token === undefined) onFailed(entry, error)
      throw error
    }
  }

  return async function getAccessToken(options: AccessTokenOptions = {}): Promise<string> {
    const { minValidity, forceRefresh, signal } = options
    const need = normalizeNeed(options)
    const held = forceRefresh || signal?.aborted ? undefined : cache.held(need, minValidity)
    return held ?? abortable(signal, () => request(cache.entry(options), options))
  }
}
