// What a page and its backend-for-frontend say to each other over HTTP: types and constants for both sides, no code.

/** Where the handler is mounted by default. Every path below is relative to it. */
export const BFF_BASE_PATH = '/bff'

export const BFF_PATHS = {
  /** GET, a navigation: `LoginParameters` in the query. */
  login: '/login',
  /** GET, a navigation from the provider. */
  callback: '/callback',
  /** GET → 200 `SessionAnswer`. With `?slide=false` it keeps no session alive. */
  session: '/session',
  /** POST → 200 `SessionAnswer`: renews the session's access token now. */
  refresh: '/refresh',
  /** POST `TokenRequestBody` → 200 `TokenAnswer`, in mediated mode; else `token_not_allowed`. */
  token: '/token',
  /** POST `LogoutRequestBody`, or nothing → 200 `LogoutAnswer`. With `logoutLink` also GET, a navigation: `?sid={session}&returnTo`. */
  logout: '/logout',
  /** GET, a navigation back from the provider's end-session endpoint. */
  loggedOut: '/logged-out',
  /** POST, from the provider (OpenID Connect Back-Channel Logout §2.5). */
  backchannelLogout: '/backchannel-logout',
  /** GET, a frame of the provider's (OpenID Connect Front-Channel Logout §2). Only where it is switched on. */
  frontchannelLogout: '/frontchannel-logout',
  /** GET: whether the backend can do its work. */
  health: '/health',
  /** Any method, `/api/{route}/…`: a protected resource, called with the session's access token. */
  api: '/api/',
  /** `/ws/{route}`: a WebSocket to a protected resource. */
  webSocket: '/ws/',
} as const

/** What pages write as it is: the object of all paths would be loaded with each. */
export type PagePath = (typeof BFF_PATHS)['login' | 'session' | 'refresh' | 'token' | 'logout']

/**
 * Every request but the navigations has it: a page of another site cannot add it without a CORS preflight, which is
 * never answered (OAuth 2.0 for Browser-Based Applications §6.1.3.3.2).
 */
export const CSRF_HEADER = 'x-csrf'
export const CSRF_HEADER_VALUE = '1'

/**
 * Optional in every request: `session` of the last `SessionAnswer`. Where the cookie is another session's by now, as after
 * a sign-in in another tab, the answer is `session_changed`: what was begun for one user is not done as another.
 */
export const SESSION_HEADER = 'x-session'

/** The code by which a socket is closed whose session is over (RFC 6455 §7.4.2). */
export const WEB_SOCKET_SESSION_ENDED = 4401

/** The query of `login`. */
export interface LoginParameters {
  /** A path of the application's origin. Default `/`. */
  returnTo?: string
  prompt?: string
  login_hint?: string
  max_age?: string
  ui_locales?: string
  acr_values?: string
}

/** The claims that a page is told: an allow-list of the backend's, and always `sub`. */
export interface SessionClaims {
  sub: string
  [claim: string]: unknown
}

/** The answer of `session` and `refresh`: who is signed in. */
export type SessionAnswer = { authenticated: false } | SignedInAnswer

/** The answer while a user is signed in. */
export interface SignedInAnswer {
  authenticated: true
  claims: SessionClaims
  /** Seconds that the session's own access token still holds; 0 when it is over. */
  accessTokenExpiresIn: number
  /** Seconds until the session ends, whatever happens. */
  sessionExpiresIn: number
  /** Seconds until it ends if nobody uses it. */
  idleExpiresIn: number
  /** Grows with each renewal. */
  generation: number
  /** Names the session, another one at each sign-in; no secret. For `SESSION_HEADER`. */
  session?: string
  /**
   * Sessions are in cookies: what finds the access token over answers `token_expired`, and the page calls `refresh`, as
   * soon as `accessTokenExpiresIn` is over. That is a little earlier, and not later than half of the idle time.
   */
  renewedByPage?: true
}

/**
 * What a server that renders pages knows of who is signed in, as a page shows it: `<AuthProvider initialSession>`. Plain
 * data, and no secret.
 */
export type ServerSession =
  | { status: 'signed-out'; reason: 'no_session' }
  | { status: 'signed-in'; user: SessionClaims; subject: string; session?: string }

/** JSON. Which access token: without `resource` and `scope` the session's own. */
export interface TokenRequestBody {
  resource?: string | string[] | undefined
  scope?: string | undefined
  /** Seconds that the token must still hold. */
  minValidity?: number | undefined
  /** Not the token that is there: a newer one. */
  forceRefresh?: boolean | undefined
}

export interface TokenAnswer {
  /** Whose it is. */
  sub: string
  accessToken: string
  tokenType: string
  /** Seconds that it still holds. */
  expiresIn: number
  scope: string
}

/** JSON. */
export interface LogoutRequestBody {
  /** Whether the provider's session ends, too. Default true. */
  provider?: boolean
  /** A path of the application's origin, to come back to from the provider. Default: the backend's option. */
  returnTo?: string | undefined
}

export interface LogoutAnswer {
  /** Absolute: where the user has to go to end the provider's session. Absent where there is nothing to end. */
  redirectTo?: string
}

/** The body of `health`: 200 where `store` is true, else 503. */
export interface HealthAnswer {
  store: boolean
  /** Whether the provider's metadata are known: they are asked for at the first sign-in. */
  provider: boolean
}

/** What failed: `code` of a problem (RFC 9457, `application/problem+json`), with the status that it has. */
export const PROBLEM_STATUS = {
  /** Nobody is signed in. */
  not_authenticated: 401,
  /** The session that this request came with ended: `reason` says why. */
  session_expired: 401,
  /** It ended because the answer to a refresh was lost, and with it the newest refresh token. */
  reauth_required: 401,
  /** The access token is over, and the page has to call `refresh`: where sessions are in cookies. */
  token_expired: 401,
  /** The session is another one than `SESSION_HEADER` names. */
  session_changed: 409,
  /** Not a request of the application's own pages. */
  csrf_rejected: 403,
  /** The backend gives no such token to pages. */
  token_not_allowed: 403,
  /** The provider refused this scope or resource; the session lives on. */
  token_refused: 403,
  forbidden_upstream: 403,
  /** The session has as many WebSockets open as it may have. */
  too_many_sockets: 429,
  not_found: 404,
  method_not_allowed: 405,
  invalid_request: 400,
  /** The client left, or the backend closed before the request was whole. */
  request_aborted: 408,
  invalid_return_to: 400,
  /** Access tokens of this provider do not hold for `minValidity`. */
  min_validity_unattainable: 400,
  /** A response of the provider's that does not belong to a sign-in of this browser. */
  state_mismatch: 400,
  /** The sign-in took too long, or was finished before. */
  login_expired: 400,
  issuer_mismatch: 400,
  /** The provider, or the user, refused the sign-in: `error` is the provider's word. */
  login_refused: 400,
  /** The provider's answer to the sign-in does not hold. */
  login_failed: 502,
  /** More than cookies hold: nothing that a page could mend. */
  session_too_large: 500,
  /** A mistake of the backend's own. */
  internal_error: 500,
  /** The provider does not answer: with `Retry-After`. The session is kept. */
  provider_unavailable: 503,
  /** The backend's store of sessions does not answer: with `Retry-After`. The session is kept. */
  store_unavailable: 503,
  /** The protected resource does not answer. */
  upstream_unavailable: 502,
  upstream_timeout: 504,
} as const

export type ProblemCode = keyof typeof PROBLEM_STATUS

/** The body of every answer of the handler's own that is no success. */
export interface Problem {
  type: 'about:blank'
  title: string
  status: number
  code: ProblemCode
  /** What ended a session: an `ExpiryReason`. */
  reason?: string
  /** The provider's `error` (RFC 6749 §4.1.2.1, §5.2). */
  error?: string
}
