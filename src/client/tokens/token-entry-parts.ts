import type { IssuedToken, TokenNeed } from '../../vault/vault.ts'
import type { PageEnvironment } from '../page/environment.ts'
import type { AccessTokenState } from './access-token.ts'

/** Whose tokens these are; another session is another object. */
export interface TokenSession {
  /** `sub` */
  readonly subject: string
}

/** What an entry uses of the cache it is in. */
export interface TokenEntryParts {
  readonly page: Pick<
    PageEnvironment,
    'now' | 'monotonic' | 'random' | 'timer' | 'isVisible' | 'isOnline'
  >
  /** The client's option `renewal.minValidity` (ms). */
  readonly minValidity: number
  /** The session of the user who is signed in. */
  readonly session: TokenSession | undefined
  /** What readers see while no session is open. */
  readonly closed: AccessTokenState
  /** How often the page became visible or online again. */
  readonly resumes: number
  /** How often the user was signed in by this page while it was there. */
  readonly signIns: number
  /** Asks the vault, and stores the answer. @throws AuthError */
  request(need: TokenNeed): Promise<IssuedToken>
}

/** What a request adds to the need. */
export type TokenRequestOptions = Pick<TokenNeed, 'minValidity' | 'forceRefresh' | 'proactive'>
