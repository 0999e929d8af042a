export interface ProviderSettings {
  /** Lifetime of access tokens, seconds; read anew for each token. */
  accessTokenTtl: number
  /** `true`: each refresh gives a new refresh token, and reuse of an old one ends the family; `false`: the same one each time. */
  rotate: boolean
  /** For how long a rotated refresh token gets the answer it had before, ms. 0: not at all. */
  graceMs: number
  /** `consent`: a refresh token needs `prompt=consent` (OpenID Connect Core §11); `always`: `offline_access` is enough. */
  refreshTokens: 'consent' | 'always'
  /** Whether a refresh answers with an ID token too. */
  idTokenOnRefresh: boolean
  /** The user who is signed in without a click; a `login_hint` that names a user does the same for one request. */
  autoLogin: string | undefined
  /** Whether `Retry-After` is readable across origins (Access-Control-Expose-Headers). */
  exposeRetryAfter: boolean
  /** Provider time minus real time, ms, as ID tokens and Date headers show it. */
  clockOffsetMs: number
  /** The `expires_in` of token answers: `keep` the true one, `omit` it, or send any value. */
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
