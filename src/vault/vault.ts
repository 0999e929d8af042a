import type { AuthErrorJSON } from '../errors.ts'
import type {
  AuthorizationResponse,
  ClientConfig,
  ServerMetadata,
  SignInTransaction,
  TokenResponse,
} from '../oauth/types.ts'
import type { ExpiryReason } from '../renewal/expiry-reason.ts'
import type { Instant } from '../renewal/lifetime.ts'

/**
 * Who holds the refresh token: a worker, the page, or a backend. Nothing here returns a refresh token, and every
 * promise settles within a deadline of its own.
 */
export interface Vault {
  /** Restores the session that is there, without a request where the vault still lives. */
  open(): Promise<VaultState>
  /** Single flight per refresh token family. @throws AuthError */
  getToken(need: TokenNeed): Promise<IssuedToken>
  /** What to add to one call of a protected resource, made from a token that is valid now. @throws AuthError */
  authorize(request: ProtectedRequest): Promise<Authorization>
  /**
   * OpenID Connect Core §5.3, with the `sub` check of §5.3.2.
   * @param subject whose: the vault answers for no other user. @throws AuthError
   */
  userInfo(subject?: string): Promise<Record<string, unknown>>
  /** Ends the session here and in every tab at once; revocation goes on in the background. */
  endSession(how: EndSession): Promise<EndedSession>
  observe(listener: (event: VaultEvent) => void): () => void
  /** The page is hidden, perhaps to come back: the vault tells it nothing more until the next `open`. */
  leave(): void
  /** The page is in sight and online again: for a vault that hears of what happened meanwhile only when it asks. */
  wake?(): void
  close(): void
  /** For a vault that is told when the session ends: else the token responses may say it. */
  readonly ends?: SessionEnds
}

export interface SessionEnds {
  readonly said: SaidEnds
  /**
   * Asks anew.
   * @param isUse whether a person is there: the session's idle time begins anew. @throws AuthError
   */
  ask(isUse: boolean): Promise<unknown>
}

/** How long a session holds, counted from when that was asked for. In seconds; what was not said is no number. */
export interface SaidEnds {
  sentAt?: Instant
  /** If nobody uses it. */
  idleExpiresIn?: unknown
  /** Whatever happens. */
  sessionExpiresIn?: unknown
  /** A renewal puts the idle end off, and nothing else does. */
  renewedByPage?: unknown
}

/**
 * What only browser mode's sign-in asks of the vault, beside the contract: the authorization code is exchanged where
 * the refresh token will live.
 */
export interface CodeExchange {
  /** The provider's metadata: given, known, or asked for once. @throws AuthError */
  discover(): Promise<ServerMetadata>
  /** Remembers a sign-in under way for a page without storage; `takeTransaction` gives it back, once. */
  keepTransaction(kept: KeptTransaction): Promise<void>
  takeTransaction(state: string): Promise<KeptTransaction | undefined>
  /**
   * The last ID token, of a session that is live or expired: with it a silent sign-in says whose session it asks for
   * (`id_token_hint`, OpenID Connect Core §3.1.2.1).
   */
  idTokenHint(): Promise<string | undefined>
  /** The token request for a code (RFC 6749 §4.1.3). @throws AuthError and leaves a live session as it was. */
  exchangeCode(response: CodeResponse): Promise<VaultState>
}

/** A sign-in under way as the vault remembers it: also what the page does when it comes back. */
export interface KeptTransaction extends SignInTransaction {
  returnTo?: string
  /** `sub` of the user whose session this sign-in may replace. */
  replaces?: string
  silent?: boolean
}

/** The vaults of browser mode: a SharedWorker, or the page. */
export interface BrowserVault extends Vault, CodeExchange {}

/** One call of a protected resource, before it is sent. */
export interface ProtectedRequest {
  /** Absolute. A DPoP proof is bound to it (RFC 9449 §4.2). */
  url: string
  /** Default 'GET'. */
  method?: string | undefined
  /** Which access token the resource takes. Default: the session's own. */
  need?: TokenNeed | undefined
}

/** What a call of a protected resource is sent with. */
export interface Authorization {
  headers: Record<string, string>
}

/** What a vault is opened with. Plain data: it crosses a port. */
export interface VaultConfig extends ClientConfig {
  /** Names this client's worker, channel and locks: a hash of issuer and client id. */
  name: string
  scope: string
  resource?: string[] | undefined
  /** Sign-in also asks UserInfo: many providers tell name and email there alone (OpenID Connect Core §5.4). */
  userInfo?: boolean | undefined
  /** `false`: no relay keeps a copy of the session over a reload. */
  relay?: boolean | undefined
}

/** An authorization response that the page found to be right: all that is left is to spend its code. */
export interface CodeResponse extends AuthorizationResponse {
  transaction: SignInTransaction
  /** The `sub` this sign-in may replace: set when it was begun while that user was signed in. */
  replaces?: string | undefined
}

/** Which token a caller needs, and how. Needs that are equal after `normalizeNeed` share a request. */
export interface TokenNeed {
  /** Whose, by `sub`: a call that another user's sign-in overtook never gets that user's token. */
  subject?: string | undefined
  resource?: string[]
  scope?: string
  /** Milliseconds the token must still hold. */
  minValidity?: number
  /** Not the token that is there: a newer one. */
  forceRefresh?: boolean | undefined
  /** Ahead of time: refresh within the lead; fail at once instead of waiting out a cool-down. */
  proactive?: boolean
  /** The page just came back from sleep or offline: end the cool-down of our own choice. */
  resumed?: boolean
}

/** An access token as it leaves the vault. */
export interface IssuedToken {
  /** Whose, by `sub`. A page stores a token only for the user whose session it shows. */
  subject: string
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
  | {
      status: 'live'
      claims: UserClaims
      token?: IssuedToken
      /** Provider time minus device time when the user signed in, ms. Known in browser mode only. */
      clockOffset?: number
      /** Whether there is a refresh token: never which. Known in browser mode only. */
      renewable?: boolean
      /** What keeps the session over a reload of the only tab, where that is not the vault's own thread. */
      reload?: 'relay'
    }
  | ({ status: 'expired'; claims: UserClaims } & SessionEnd)

/** Why a session can not be renewed any more. */
export interface SessionEnd {
  reason: ExpiryReason
  /** What ended it, with the provider's `status`, `error` and `error_description` where it said so. */
  error?: AuthErrorJSON
}

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
  /** Something that the session goes on without. */
  | { type: 'note'; error: AuthErrorJSON }

export interface EndSession {
  /** Also end the provider's session: answers with the URL to go to. */
  provider: boolean
  postLogoutRedirectUri?: string | undefined
  /** Comes back with the user. Default: a random one. */
  state?: string | undefined
  /** Further parameters of the provider's own. */
  parameters?: Record<string, string> | undefined
  /** Names the page whose user it is: to that page what other tabs hear of it is no news. */
  by?: string | undefined
}

export interface EndedSession {
  /** The end-session request (OpenID Connect RP-Initiated Logout §2), where the provider has one. */
  url?: string
}
