/** What went wrong, as a closed union: `switch (error.code)` narrows. docs/errors.md says what to do for each. */
export type AuthErrorCode =
  // It is open whether it worked: try again later, the session is kept.
  | 'network' // no answer: offline, reset, refused by CORS or CSP
  | 'timeout' // no answer in time
  | 'provider_unavailable' // 408, 429, 5xx, or something that is not OAuth (HTML, not JSON)
  // The provider and this configuration do not fit together.
  | 'issuer_mismatch'
  | 'unsupported_provider'
  | 'insecure_endpoint'
  | 'invalid_response'
  | 'id_token_invalid'
  | 'signature_unverifiable' // HS256 or encrypted: `idToken: { verification: 'tls' }`
  | 'clock_skew'
  // A sign-in that did not end in a session.
  | 'authorization_failed' // the provider's own `error` is in `error`
  | 'access_denied'
  | 'login_required'
  | 'interaction_required'
  | 'consent_required'
  | 'account_selection_required'
  | 'state_mismatch'
  | 'transaction_missing'
  | 'redirect_loop'
  | 'popup_blocked' // `signIn({ mode: 'popup' })` outside a click, or forbidden by the user
  | 'popup_closed' // by the user, before there was an answer
  | 'storage_unavailable'
  | 'user_invalid' // `userSchema` refused the claims
  | 'user_mismatch' // another user is, or became, signed in
  // There is no token to be had.
  | 'signed_out'
  | 'session_expired'
  | 'refresh_refused' // the token endpoint refused this one request, the session lives on
  | 'no_refresh_token'
  | 'min_validity_unattainable'
  | 'vault_unavailable'
  | 'store_unavailable' // the backend's session store did not answer: the session is kept
  | 'aborted'
  // In BFF mode only.
  | 'token_not_in_page' // the backend keeps it: call the API through `auth.fetch`
  | 'bff_misconfigured' // a redirect, HTML, or what CORS hides: something else than the backend answered

export interface AuthErrorOptions {
  /** A sentence: what failed, and the way out. Never a token, code or verifier. */
  message: string
  /** Milliseconds until another try makes sense. */
  retryAfter?: number | undefined
  /** HTTP status of the provider's answer. */
  status?: number | undefined
  /** The provider's `error`, RFC 6749 §4.1.2.1 and §5.2. */
  error?: string | undefined
  /** The provider's `error_description`: show it as text, never as HTML. */
  errorDescription?: string | undefined
  cause?: unknown
}

const RECOVERABLE: readonly AuthErrorCode[] = [
  'network',
  'timeout',
  'provider_unavailable',
  'aborted',
  'vault_unavailable',
  'store_unavailable',
]

/** The one error class. A caller's own mistake is a `TypeError` that names the option instead. */
export class AuthError extends Error {
  override readonly name = 'AuthError'
  declare readonly code: AuthErrorCode
  declare readonly retryAfter?: number
  declare readonly status?: number
  declare readonly error?: string
  declare readonly errorDescription?: string

  constructor(code: AuthErrorCode, { message, cause, ...fields }: AuthErrorOptions) {
    super(message, { cause: redact(cause) })
    Object.assign(this, { code, ...fields })
  }

  /** Whether the same call can succeed later without the user doing anything. */
  get recoverable(): boolean {
    return RECOVERABLE.includes(this.code)
  }

  /** A structured-clonable form: crosses worker ports, goes into diagnostics. */
  toJSON(): AuthErrorJSON {
    return Object.assign({ message: this.message }, this)
  }

  static from(json: AuthErrorJSON): AuthError {
    return new AuthError(json.code, json)
  }
}

export type AuthErrorJSON = { code: AuthErrorCode } & Omit<AuthErrorOptions, 'cause'>

/** Protocol libraries hang whole responses on `cause`, and those hold tokens: keep the name and the sentence only. */
function redact(cause: unknown): unknown {
  return cause instanceof Error ? { name: cause.name, message: cause.message } : undefined
}
