export interface ProviderSettings {
  /** Lifetime of access tokens, seconds; read anew for each token. */
  accessTokenTtl: number
  /** A new refresh token with each refresh, and reuse of an old one ends the family; `false`: the same one each time. */
  rotate: boolean
  /** Milliseconds in which a spent refresh token is given the answer it had before. 0: none. */
  graceMs: number
  /** `consent`: a refresh token needs `prompt=consent` (OpenID Connect Core §11); `always`: `offline_access` is enough. */
  refreshTokens: 'consent' | 'always'
  /** Whether a refresh answers with an ID token too. */
  idTokenOnRefresh: boolean
  /** Who is signed in without a click; a `login_hint` that names a user does the same for one request. */
  autoLogin: string | undefined
  /** Whether `Retry-After` is readable across origins (Access-Control-Expose-Headers). */
  exposeRetryAfter: boolean
  /** Provider time minus real time, as ID tokens and Date headers tell it. */
  clockOffsetMs: number
  /** What token answers say as `expires_in`: `keep` the truth, `omit` it, or any value. */
  expiresIn: 'keep' | 'omit' | { value: unknown }
}

export const defaultSettings: ProviderSettings = {
  accessTokenTtl: 300,
  rotate: true,
  graceMs: 0,
  refreshTokens: 'always',
  idTokenOnRefresh: true,
  autoLogin: undefined,
  exposeRetryAfter: false,
  clockOffsetMs: 0,
  expiresIn: 'keep',
}
