import type { Instant } from '../../renewal/lifetime.ts'
import type { Vault } from '../../vault/vault.ts'
import type { AccessTokenOptions } from '../auth-client.ts'
import { checkResource } from '../options/check-options.ts'
import { DEVELOPMENT } from '../page/development.ts'
import type { PageEnvironment } from '../page/environment.ts'
import { createGetAccessToken } from './get-access-token.ts'
import { createRequestToken } from './request-token.ts'
import { RefreshSchedule } from './schedule.ts'
import { TokenCache } from './token-cache.ts'

declare const process: { env: { NODE_ENV?: string } }

export interface TokensParts {
  page: PageEnvironment
  /** The client's option `renewal.minValidity` (ms). */
  minValidity: number
  withVault<T>(call: (vault: Vault) => Promise<T>): Promise<T>
  /** Settles when a user is signed in. @throws AuthError */
  signedIn(): Promise<void>
}

export interface Tokens {
  cache: TokenCache
  getAccessToken(options?: AccessTokenOptions): Promise<string>
}

/** The page's tokens: at hand in the cache, kept valid by the schedule, asked of the vault when there is none. */
export function createTokens({ page, minValidity, withVault, signedIn }: TokensParts): Tokens {
  const instant = (): Instant => ({ wall: page.now(), mono: page.monotonic() })
  const cache = new TokenCache({
    instant,
    minValidity,
    checkNeed(need) {
      if (DEVELOPMENT && process.env.NODE_ENV !== 'production') checkResource('access token', need)
    },
    onChange: (entry, resumed) => schedule.check(entry, resumed),
    onUsed: (entry, left) => schedule.used(entry, left),
  })
  const requestToken = createRequestToken({ cache, withVault, instant })
  const schedule = new RefreshSchedule({ env: page, cache, requestToken })
  const timer = page.timer
  return {
    cache,
    getAccessToken: createGetAccessToken({ cache, requestToken, signedIn, instant, timer }),
  }
}
