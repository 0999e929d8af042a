import type { AuthErrorJSON } from '../oauth/errors.ts'
import type {
  ClientConfig,
  ServerMetadata,
  SignInTransaction,
  TokenResponse,
} from '../oauth/types.ts'
import type { ExpiryReason } from '../renewal/verdict.ts'

/** Where the refresh token lives. Three holders, one contract: nothing here returns a refresh token. */
export interface Vault {
  /** Restores what is there. Settles within a deadline, without a request where the vault still lives. */
  open(): Promise<VaultState>
  /** The provider's metadata: given, known, or asked for once. @throws AuthError */
  discover(): Promise<ServerMetadata>
  /** Remembers a sign-in under way for a page without storage; `kept` gives it back, once. */
  keep(transaction: SignInTransaction): Promise<void>
  kept(state: string): Promise<SignInTransaction | undefined>
  /** The code exchange, in the vault. @throws AuthError and leaves a live session as it was. */
  exchange(response: CodeResponse): Promise<VaultState>
  /** Single flight per refresh token family. @throws AuthError */
  getToken(need: TokenNeed): Promise<IssuedToken>
  /**
   * OpenID Connect Core §5.3, with the `sub` check of §5.3.2.
   * @param user whose, by `sub`: nobody else's is answered. @throws AuthError
   */
  userInfo(user?: string): Promise<Record<string, unknown>>
  /** Ends the session here and in every tab at once; revocation goes on behind. */
  endSession(how: EndSession): Promise<EndedSession>
  observe(listener: (event: VaultEvent) => void): () => void
  /** The page goes, perhaps to come back: tell it nothing more until the next `open`. */
  leave(): void
  close(): void
}

/** What a vault is opened with. Plain data: it crosses a port. */
export interface VaultConfig extends ClientConfig {
  /** Names this client's worker, channel and locks: a hash of issuer and client id. */
  name: string
  scope: string
  resource?: string[] | undefined
}

/** An authorization response that the page found to be right: all that is left is to spend its code. */
export interface CodeResponse {
  code: string
  transaction: SignInTransaction
  /** The `sub` this sign-in may replace: set when it was begun while that user was signed in. */
  replaces?: string | undefined
}

/** One way to need a token. Equal needs share a request. */
export interface TokenNeed {
  /** Whose, by `sub`: a call that another user's sign-in overtook gets nobody else's token. */
  user?: string | undefined
  resource?: string[]
  scope?: string
  /** Milliseconds the token must still hold. */
  minValidity?: number
  /** Not the token that is there: a newer one. */
  force?: boolean | undefined
  /** Ahead of time: renew within the lead; fail at once instead of waiting out a cool-down. */
  early?: boolean
  /** The page just came back from sleep or offline: forget the cool-down we chose ourselves. */
  wake?: boolean
}

/** An access token as it leaves the vault. */
export interface IssuedToken {
  /** Which (resource, scope) it is for; `''` is the session's own. */
  key: string
  response: TokenResponse
  /** Milliseconds, from the moment the request was sent. */
  lifetime: number
  /** Wall clock when the request was sent, ms since 1970 on this device. */
  sentAt: number
  /** Milliseconds since then when this message left: monotonic clocks differ between threads. */
  age: number
}

/** Why a vault holds no session. */
export type EmptyReason =
  'no_session' | 'signed_out' | 'signed_out_elsewhere' | 'user_changed' | ExpiryReason

/** What the ID token says of the user, without the members that belong to the token itself. */
export interface UserClaims {
  sub: string
  [claim: string]: unknown
}

export type VaultState =
  | { status: 'empty'; reason: EmptyReason }
  /** `offset`: provider time minus device time when the user signed in, ms. */
  | {
      status: 'live'
      claims: UserClaims
      offset: number
      /** Whether there is a refresh token: never which. */
      renewable: boolean
      token?: IssuedToken
    }
  | { status: 'expired'; claims: UserClaims; reason: ExpiryReason }

export type VaultEvent =
  | { type: 'state'; state: VaultState }
  | { type: 'token'; token: IssuedToken }
  /** A renewal began, went through, or failed for now. */
  | {
      type: 'renewal'
      key: string
      renewal: 'running' | 'idle' | 'retrying'
      error?: AuthErrorJSON
    }

export interface EndSession {
  /** Also end the provider's session: answers with the URL to go to. */
  provider: boolean
  postLogoutRedirectUri?: string
}

export interface EndedSession {
  /** The end-session request (OpenID Connect RP-Initiated Logout §2), where the provider has one. */
  url?: string
}

/** Everything a vault takes from the thread it runs in. */
export interface VaultEnvironment {
  fetch(url: string, init: RequestInit): Promise<Response>
  /** ms since 1970, as the device says. */
  now(): number
  /** ms, never going back; may stop while the device sleeps. */
  monotonic(): number
  random(): number
  deadline(ms: number): AbortSignal
  /** @returns cancel */
  timer(callback: () => void, ms: number): () => void
  /** A BroadcastChannel; undefined where there is none. */
  channel(name: string): Channel | undefined
  /** Web Locks; undefined where there are none. */
  locks: Pick<LockManager, 'request'> | undefined
}

export interface Channel {
  post(message: unknown): void
  listen(listener: (message: unknown) => void): void
  close(): void
}
