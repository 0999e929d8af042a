/** What the protocol needs from its surroundings. Never a global: tests own time and network. */
export interface OAuthContext {
  fetch(url: string, init: RequestInit): Promise<Response>
  /** The device's wall clock, milliseconds since 1970. */
  now(): number
  /** Provider time minus the device's, ms, where it is known. For `Retry-After` only: caches go by one clock. */
  offset?: number
  /** A signal that aborts with a `TimeoutError` after so many milliseconds. */
  deadline(ms: number): AbortSignal
}

/** The members of RFC 8414 and OpenID Connect Discovery that are read here; others are ignored. */
export interface ServerMetadata {
  issuer: string
  authorization_endpoint: string
  token_endpoint: string
  jwks_uri?: string
  userinfo_endpoint?: string
  revocation_endpoint?: string
  end_session_endpoint?: string
  pushed_authorization_request_endpoint?: string
  id_token_signing_alg_values_supported?: string[]
  code_challenge_methods_supported?: string[]
  authorization_response_iss_parameter_supported?: boolean
}

/** The client as the provider knows it. */
export interface ClientConfig {
  issuer: string
  clientId: string
  /** Metadata given by the application: discovery is skipped. */
  metadata?: ServerMetadata | undefined
  /** Default 'signature'. */
  verification?: 'signature' | 'tls' | undefined
  /** Further audiences that an ID token without `azp` may have (OpenID Connect Core §3.1.3.7, 3). */
  audiences?: string[] | undefined
}

/** Everything one authorization request must remember until its response (RFC 9700 §4.4.2, §4.5.3). Plain data. */
export interface SignInTransaction {
  state: string
  nonce: string
  code_verifier: string
  issuer: string
  client_id: string
  redirect_uri: string
  scope: string
  resource?: string[]
  /** Seconds; OpenID Connect Core §3.1.2.1. */
  max_age?: number
  metadata: ServerMetadata
}

/** What an authorization response says, once it was found right. */
export interface AuthorizationResponse {
  code: string
  /** Who sent it, where it says so (RFC 9207 §2): the ID token has to be of the same issuer. */
  iss?: string | undefined
}

export interface AuthorizationRequest {
  redirectUri: string
  /** The whole `state`: made by the caller so that it can be recognised on return. */
  state: string
  scope: string
  resource?: string[]
  /** Space separated `prompt` values. */
  prompt?: string
  login_hint?: string
  max_age?: number
  ui_locales?: string
  acr_values?: string
  id_token_hint?: string
  /** OAuth 2.0 Form Post Response Mode; default: in the query. */
  response_mode?: 'form_post'
  /** Further parameters of the provider's own; ours cannot be overridden (TypeError). */
  extra?: Record<string, string>
}

/** The token response in the provider's wire names (RFC 6749 §5.1), never with `refresh_token`. */
export interface TokenResponse {
  access_token: string
  token_type: string
  /** Seconds, as the provider said it, made a number; absent when the provider did not say. */
  expires_in?: number
  /** Granted scope; as requested where the provider did not say (RFC 6749 §5.1). */
  scope?: string
  id_token?: string
  /** Seconds until the refresh token ends, where the provider says so: no specification has it. */
  refresh_token_expires_in?: number
}

export interface IdTokenClaims {
  iss: string
  sub: string
  aud: string | string[]
  exp: number
  iat: number
  nonce?: string
  auth_time?: number
  azp?: string
  [claim: string]: unknown
}

/** An ID token whose signature holds, and which is about a user of this provider, for this client. */
export interface VerifiedIdToken {
  claims: IdTokenClaims
  /** Whether its `at_hash`, if it has one, is that of the access token beside it. */
  hashMatches: boolean
}
