import type { AuthErrorJSON } from '../errors.ts'
import type { TokenResponse } from '../oauth/types.ts'
import type { Session, Transition } from './session.ts'
import type { AccessTokenNeed, AccessTokenState, Renewal } from './tokens.ts'

export interface SignInOptions {
  /** A path of this app to come back to. Default: where the user is. */
  returnTo?: string | undefined
  /** Space separated: 'login', 'consent', 'select_account', … (OpenID Connect Core §3.1.2.1) */
  prompt?: string | undefined
  loginHint?: string | undefined
  /** Seconds since the user last proved who they are. */
  maxAge?: number | undefined
  uiLocales?: string | undefined
  acrValues?: string | undefined
  /** Nobody clicked: counts against the two redirects a minute. Found out by itself where the browser tells. */
  automatic?: boolean | undefined
  /** Parameters of the provider's own. */
  parameters?: Record<string, string> | undefined
}

export interface SignOutOptions {
  /** Also end the provider's session, by a redirect to its end-session endpoint. Default true. */
  provider?: boolean | undefined
  /** Where the provider sends the user afterwards; must be registered there. Default: the client's option. */
  postLogoutRedirectUri?: string | undefined
}

export interface AccessTokenOptions extends AccessTokenNeed {
  /** Milliseconds the token must still hold. */
  minValidity?: number | undefined
  /** A new token, although the one at hand is still good. */
  forceRefresh?: boolean | undefined
  /** Ends this call's wait, nobody else's. */
  signal?: AbortSignal | null | undefined
}

/** What happened, for a person to read: no token, no code, no claim. */
export interface Diagnostics {
  vault: 'worker' | 'page' | undefined
  /** Why the vault is not the worker. */
  fallback: string | undefined
  /** Provider time minus device time at sign-in, ms. */
  clockOffset: number | undefined
  /** Whether the vault holds a refresh token. */
  renewable: boolean | undefined
  transitions: readonly Transition[]
  errors: readonly (AuthErrorJSON & { at: number })[]
}

export interface AuthClient<User> {
  /** The same object until something changes. */
  getSession(): Session<User>
  subscribe(listener: () => void): () => void
  /** First use, and idempotent. Cleans the URL synchronously: call it before a router reads it. */
  start(): void
  /**
   * The counterpart, safe at any time. A client asks for nothing while nobody subscribes, and hears of the page as long as
   * there is one: another user of it may rely on that, and so does what must not be seen after a sign-out.
   */
  stop(): void
  /** Resolves once the session is neither being restored nor on its way. Never rejects. */
  whenSettled(): Promise<Session<User>>
  /** Leaves the page for the provider. @throws AuthError @throws TypeError */
  signIn(options?: SignInOptions): Promise<void>
  /** Final and everywhere: every tab, at once. */
  signOut(options?: SignOutOptions): Promise<void>
  /** A token that is valid now, for at least `minValidity`. @throws AuthError @throws TypeError */
  getAccessToken(options?: AccessTokenOptions): Promise<string>
  /** The last token response, in the provider's words and without `refresh_token`. */
  getTokenResponse(need?: AccessTokenNeed): TokenResponse | undefined
  /** What `useAccessToken` reads: the token as a value that changes. */
  getAccessTokenState(need?: AccessTokenNeed): AccessTokenState
  getRenewal(need?: AccessTokenNeed): Renewal
  /** Keeps the token renewed while subscribed, in a tab that is seen and online; `watch: false` only listens. */
  subscribeAccessToken(
    listener: () => void,
    need?: AccessTokenNeed,
    options?: { watch?: boolean },
  ): () => void
  /** The provider's UserInfo response. @throws AuthError */
  getUserInfo(): Promise<Record<string, unknown>>
  diagnostics(): Diagnostics
}
