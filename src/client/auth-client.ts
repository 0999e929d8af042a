import type { TokenResponse } from '../oauth/types.ts'
import type { UserClaims } from '../vault/vault.ts'
import type { DeadlineOptions, SessionDeadline } from './deadline/session-deadline.ts'
import type { ConnectOptions } from './fetch/connection-options.ts'
import type { AuthEvent, RecordedError, Transition } from './session/event-log.ts'
import type { ExpiredSession, Session, SignedInSession } from './session/session.ts'
import type { AccessTokenObserver } from './tokens/access-token-observer.ts'
import type { AccessTokenNeed, AccessTokenState, Renewal } from './tokens/access-token.ts'

/** How to sign in. Nothing is needed: `signIn()` comes back to where the user is. */
export interface SignInOptions {
  /** A path of this app to come back to. Default: where the user is. */
  returnTo?: string | undefined
  /** Space separated: 'login', 'consent', 'select_account', … (OpenID Connect Core §3.1.2.1) */
  prompt?: string | undefined
  /** Who is likely to sign in, such as an e-mail address (OpenID Connect Core §3.1.2.1). */
  loginHint?: string | undefined
  /** Seconds since the user last proved who they are. */
  maxAge?: number | undefined
  /** Languages of the provider's pages, space separated: 'de en' (OpenID Connect Core §3.1.2.1). */
  uiLocales?: string | undefined
  /** How the user has to prove who they are, in the provider's words, space separated (OpenID Connect Core §3.1.2.1). */
  acrValues?: string | undefined
  /** More than the client's own: space separated. In browser mode. */
  scope?: string | undefined
  /** No person clicked: counts against the two redirects a minute. Found out by itself where the browser tells. */
  automatic?: boolean | undefined
  /** Parameters of the provider's own. */
  parameters?: Record<string, string> | undefined
  /**
   * `'popup'`: in a window of its own, while this page stays as it is, with all that was typed into it; `signIn()` settles
   * as the user is signed in. Call it in the click itself. `returnTo` means nothing then. Default `'redirect'`.
   */
  mode?: 'redirect' | 'popup' | undefined
}

/**
 * What a guard may be told. It reads the arguments that routers give to theirs: those of a React Router `loader`,
 * `clientLoader` or middleware have `request`, those of a TanStack Router `beforeLoad` the other three.
 */
export interface RequireSessionOptions {
  /** What is being loaded: the user comes back to its URL, and its signal ends the wait. */
  request?: Request | undefined
  /** What is being loaded, where there is no request. */
  location?: { href: string; publicHref?: string | undefined } | undefined
  /** Ends the wait. */
  abortController?: AbortController | undefined
  /** Loaded ahead, where nobody may come: no sign-in begins. */
  preload?: boolean | undefined
  /** Ends the wait, and the sign-in that it began while the page has not been left. */
  signal?: AbortSignal | null | undefined
  /** A path of this origin to come back to, instead of what is being loaded. */
  returnTo?: string | undefined
  /** The router keeps its paths in the fragment. Found out by itself where the page's fragment begins with a slash. */
  hashRouter?: boolean | undefined
  /** How to sign in. */
  signIn?: Omit<SignInOptions, 'returnTo' | 'automatic' | 'mode'> | undefined
  /** `'throw'`: an application with a sign-in page of its own redirects there. Default `'sign-in'`, never after a sign-out. */
  onSignedOut?: 'sign-in' | 'throw' | undefined
  /** `'keep'`: the expired session is the answer, so that what is on the screen stays there. Default `'throw'`. */
  onExpired?: 'throw' | 'keep' | undefined
}

/** How to sign out. Nothing is needed: `signOut()` ends the session here, in every tab, and at the provider. */
export interface SignOutOptions {
  /** Also end the provider's session, by a redirect to its end-session endpoint. Default true. */
  provider?: boolean | undefined
  /** Where the provider sends the user afterwards; must be registered there. Default: the client's option. */
  postLogoutRedirectUri?: string | undefined
  /** Parameters of the provider's own for its end-session endpoint: `{ logout_uri: … }` at Cognito. */
  parameters?: Record<string, string> | undefined
}

/** Which access token, and how good it has to be. */
export interface AccessTokenOptions<
  Resource extends string = string,
> extends AccessTokenNeed<Resource> {
  /** Milliseconds the token must still hold. */
  minValidity?: number | undefined
  /** A new token, although the one at hand is still good. */
  forceRefresh?: boolean | undefined
  /** Ends this call's wait, no other's. */
  signal?: AbortSignal | null | undefined
}

/** One call of a protected resource that is sent by something else than `auth.fetch`. */
export interface AuthorizeOptions {
  /** Below one of `protectedResources`. */
  url: string | URL
  /** Default 'GET'. */
  method?: string | undefined
  /** What `authorize` gave before, where the resource answered it with 401: this time it is a newer one. */
  rejected?: AuthorizedRequest | undefined
  /** Ends this call's wait, no other's. */
  signal?: AbortSignal | null | undefined
}

/** What `auth.authorize` gives: the request as it may be sent now. */
export interface AuthorizedRequest {
  /** Where to send it: the backend's own URL where the backend makes the call. */
  url: string
  /** To add to it. */
  headers: Record<string, string>
}

/** What the client knows of itself, to log and to show: no token, no code, no claim. */
export interface Diagnostics {
  /** Where the refresh token is; undefined until that is decided. */
  vault: 'worker' | 'page' | 'bff' | undefined
  /** Why the vault is not the worker. */
  fallback?: string | undefined
  /** Provider time minus device time at sign-in, ms. Known in browser mode only. */
  clockOffset?: number | undefined
  /** Whether the vault holds a refresh token. Known in browser mode only. */
  renewable?: boolean | undefined
  /**
   * What keeps the session over a reload of the only tab: the `worker`, which lives on for a while (Chromium), or its
   * `relay`, which has a copy while somebody is signed in (Firefox, WebKit). Undefined where nothing does, and in BFF mode.
   */
  reload?: 'worker' | 'relay' | undefined
  /** The last fifty steps of the session, the oldest first, each with its reason. */
  transitions: readonly Transition[]
  /** The last fifty errors, the oldest first. */
  errors: readonly RecordedError[]
}

/**
 * The session of one client at one provider, its tokens, and the way in and out. Its functions may be taken from it.
 *
 * `Resource`: whose access tokens the compiler lets be asked for. It stands in parameters of methods alone, and those are
 * compared both ways: a client that names its resources is an `AuthClient<User>` as any other.
 */
export interface AuthClient<User = UserClaims, Resource extends string = string> {
  /** The same object until something changes. */
  getSession(): Session<User>
  /** Calls back when `getSession()` gives another object. @returns what ends it */
  subscribe(listener: () => void): () => void
  /**
   * Every transition, error and renewal, in order, before any subscriber is told: for monitoring, devtools, and what must
   * be done before a component renders.
   * @example auth.observe((event) => event.type === 'error' && report(event.code))
   */
  observe(listener: (event: AuthEvent) => void): () => void
  /**
   * What a server knew of the session, and the page shows until the vault has spoken: a call made meanwhile gets no other
   * user's token. `<AuthProvider initialSession>` does so.
   */
  hydrate(session: Session<User>): void
  /** First use, and idempotent. Cleans the URL synchronously: call it before a router reads it. Counted: see `stop`. */
  start(): void
  /**
   * The counterpart. When each `start` has had its `stop`, and nothing subscribes, the client lets go of the page and of
   * the vault a second later: no listener, no port, no token in the page. The session lives on, and the next use of the
   * client takes it up again.
   */
  stop(): void
  /** Resolves once the session is neither being restored nor on its way. Never rejects. */
  whenSettled(): Promise<Session<User>>
  /**
   * Leaves the page for the provider, or asks the user in a popup.
   * @throws AuthError `popup_blocked`, `popup_closed` and others @throws TypeError
   */
  signIn(options?: SignInOptions): Promise<void>
  /**
   * The session, for the guard of a route: waits while it is restored or on its way. Where nobody is signed in it leaves for
   * the provider, and comes back to what is being loaded; it never does so after a sign-out. Takes the arguments of the guard.
   * @example export const loader = async (args) => { const { user } = await auth.requireSession(args) … }
   * @throws AuthError `signed_out`, `session_expired`, what made a sign-in fail, `aborted` @throws TypeError
   */
  requireSession(
    options?: RequireSessionOptions & { onExpired?: 'throw' | undefined },
  ): Promise<SignedInSession<User>>
  requireSession(
    options: RequireSessionOptions,
  ): Promise<SignedInSession<User> | ExpiredSession<User>>
  /** Final and everywhere: every tab, at once. */
  signOut(options?: SignOutOptions): Promise<void>
  /** A token that is valid now, for at least `minValidity`. @throws AuthError @throws TypeError */
  getAccessToken(options?: AccessTokenOptions<Resource>): Promise<string>
  /**
   * `fetch` with an access token that is valid now, for URLs below `protectedResources`. Waits for a session that is being
   * restored. A token that the resource refuses (401) is renewed and the request sent once more, where its body allows.
   * @throws TypeError for any other URL, and as `fetch` does @throws AuthError where no user is signed in, or not any more
   */
  fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response>
  /** What `fetch` would add to a request: for other HTTP libraries. @throws AuthError @throws TypeError */
  authorize(request: AuthorizeOptions): Promise<AuthorizedRequest>
  /**
   * Keeps a WebSocket, an EventSource or the like open while a user is signed in: with a token that is valid at each start,
   * again with growing pauses when it is lost, closed at sign-out, at the end of the session and for another user, for whom it is
   * opened anew. A renewal of the token leaves it open.
   * @returns what ends it
   * @example const end = auth.connect({ open: ({ accessToken }) => new WebSocket(url, ['bearer', accessToken ?? '']) })
   */
  connect(options: ConnectOptions<Resource>): () => void
  /**
   * Tells when the session is about to end, where provider or backend say so: at the beginning of the warning, each second
   * of it, and when it is over, because the session is extended or has ended. `useSessionDeadline` in React.
   * @returns what ends it
   */
  watchSessionDeadline(
    listener: (deadline: SessionDeadline) => void,
    options?: DeadlineOptions,
  ): () => void
  /** The last token response, in the provider's words and without `refresh_token`. */
  getTokenResponse(need?: AccessTokenNeed<Resource>): TokenResponse | undefined
  /** The token as a value that changes. */
  getAccessTokenState(need?: AccessTokenNeed<Resource>): AccessTokenState
  /** Whether this token is being refreshed right now: 'idle', 'running', or 'retrying' after a failure. */
  getRenewal(need?: AccessTokenNeed<Resource>): Renewal
  /** Keeps the token renewed while subscribed, in a tab that is seen and online; `watch: false` only listens. */
  subscribeAccessToken(
    listener: () => void,
    need?: AccessTokenNeed<Resource>,
    options?: { watch?: boolean },
  ): () => void
  /** What `useAccessToken` reads: state, renewal and `refresh` in one, told of what its reader reads. */
  observeAccessToken(need?: AccessTokenNeed<Resource>): AccessTokenObserver
  /** The provider's UserInfo response. @throws AuthError */
  getUserInfo(): Promise<Record<string, unknown>>
  /** Which vault holds the refresh token, and why; the last steps and errors. */
  diagnostics(): Diagnostics
}
