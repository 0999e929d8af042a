import type { Vault } from '../../vault/vault.ts'
import type { AccessTokenOptions } from '../auth-client.ts'
import type { PageEnvironment } from '../page/environment.ts'
import { createGetAccessToken } from './get-access-token.ts'
import { createRequestToken } from './request-token.ts'
import { RefreshSchedule } from './schedule.ts'
import { TokenCache } from './token-cache.ts'

export interface TokensParts {
  page: PageEnvironment
  /** The client's option `renewal.minValidity` (ms). */
  minValidity: number
  withVault<T>(call: (vault: Vault) => Promise<T>): Promise<T>
  /** Settles when a user is signed in. @throws AuthError */
  signedIn(): Promise<unknown>
}

export interface Tokens {
  tokens: TokenCache
  getAccessToken(options?: AccessTokenOptions): Promise<string>
}

/** The page's tokens: at hand in the cache, kept valid by the schedule, asked of the vault when there is none. */
export function createTokens({ page, minValidity, withVault, signedIn }: TokensParts): Tokens {
  const cache = new TokenCache({
    page,
    minValidity,
    onChange: (entry, resumed) => schedule.check(entry, resumed),
    onUsed: (entry) => schedule.used(entry),
  })
  const requestToken = createRequestToken({ page, cache, withVault })
  const schedule = new RefreshSchedule({ page, cache, requestToken })
  const getAccessToken = createGetAccessToken({
    cache,
    requestToken,
    signedIn,
    onFailed: (entry, error) => schedule.failed(entry, error),
  })
  return { tokens: cache, getAccessToken }
}
