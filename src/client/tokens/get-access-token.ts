import { AuthError } from '../../errors.ts'
import { remaining, type Instant } from '../../renewal/lifetime.ts'
import { normalizeNeed } from '../../vault/token-need.ts'
import type { AccessTokenOptions } from '../auth-client.ts'
import { abortable } from '../promises.ts'
import type { RequestToken } from './request-token.ts'
import type { TokenCache } from './token-cache.ts'
import { validityLeft, type TokenEntry } from './token-entry.ts'

/** How long readers of the value are shown an error that no watcher will clear: a suspended component, say. */
const ERROR_DISPLAY_TIME_MS = 10_000

export interface GetAccessTokenParts {
  cache: TokenCache
  requestToken: RequestToken
  /** Settles when a user is signed in: the one the page showed, if it showed one. @throws AuthError */
  signedIn(): Promise<void>
  instant(): Instant
  timer(callback: () => void, ms: number): () => void
}

/** A token that is valid now: the one at hand, or the vault's. */
export function createGetAccessToken(parts: GetAccessTokenParts) {
  const { cache, requestToken, signedIn } = parts

  /** Without a `minValidity` of its own, the client's default counts. */
  async function fromVault(entry: TokenEntry, options: AccessTokenOptions): Promise<string> {
    const { minValidity, forceRefresh } = options
    for (const force of [forceRefresh, false]) {
      const token = await requestToken(entry, {
        minValidity: minValidity ?? cache.defaultMinValidity(entry),
        forceRefresh: force,
      })
      // The answer may have lain in a frozen page's queue. `expires_in: 0` is good for this once.
      const enough = remaining(token, parts.instant()) > (minValidity ?? 0)
      if (token.lifetime === 0 || enough) return token.response.access_token
    }
    throw new AuthError('timeout', { message: 'The token was over when it came. Try again.' })
  }

  async function request(entry: TokenEntry, options: AccessTokenOptions): Promise<string> {
    let session: number | undefined
    try {
      await signedIn()
      session = cache.session
      return await fromVault(entry, options)
    } catch (error) {
      const sameSession = session === undefined || session === cache.session
      if (!sameSession || options.minValidity !== undefined) throw error
      // The default is a wish: a token that is still valid is better than none.
      const token = options.forceRefresh ? undefined : cache.held(entry.need, 0)
      if (token !== undefined && session !== undefined) return token
      if (error instanceof AuthError && error.code !== 'user_mismatch') showError(entry, error)
      throw error
    }
  }

  /** Those who read the token as a value learn of the failure too, unless they have a token. */
  function showError(entry: TokenEntry, error: AuthError): void {
    if (validityLeft(entry, parts.instant()) > 0) return
    cache.setError(entry, error)
    parts.timer(() => {
      // A watched entry is the schedule's: the next answer clears it.
      if (entry.error === error && entry.watchers === 0) cache.setError(entry, undefined)
    }, ERROR_DISPLAY_TIME_MS)
  }

  return async function getAccessToken(options: AccessTokenOptions = {}): Promise<string> {
    const { minValidity, forceRefresh, signal } = options
    const need = normalizeNeed(options)
    const held = forceRefresh || signal?.aborted ? undefined : cache.held(need, minValidity)
    return held ?? abortable(signal, () => request(cache.entry(options), options))
  }
}
