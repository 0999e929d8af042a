import type { AuthClient, SignInOptions } from '../../client/auth-client.ts'
import type { CommonOptions } from '../../client/options/options.ts'
import type { AuthError } from '../../errors.ts'
import type { ExpiryReason } from '../../renewal/expiry-reason.ts'
import type { EmptyReason, UserClaims } from '../../vault/vault.ts'

/** Who is signed in at the start, and what differs from the defaults. Durations are milliseconds. */
export interface TestAuthOptions<User = UserClaims> extends Pick<
  CommonOptions<User>,
  'userSchema' | 'protectedResources' | 'navigate' | 'renewal'
> {
  /** Whose session it is at the start, by the claims of an ID token; `null`: nobody's. Default `{ sub: 'test-user' }`. */
  user?: UserClaims | null | undefined
  /** The session at the start, where nobody is signed in. It stays as it is until the test moves it, or a sign-in or sign-out does. */
  session?: TestSession | undefined
  /** How long access tokens hold. Default one hour. */
  lifetime?: number | undefined
  /** What the provider's UserInfo says beside the claims. */
  userInfo?: Record<string, unknown> | undefined
}

/** A session without a signed-in user, as it is at the start. */
export type TestSession =
  | { status: 'restoring' }
  | { status: 'signing-in' }
  /** `reason`: default `'no_session'`, with which a guard goes to sign in. */
  | { status: 'signed-out'; reason?: EmptyReason | undefined }
  | ({ status: 'expired'; user: UserClaims } & TestExpiry)
  | { status: 'error'; error: AuthError }

/** How a session ended. */
export interface TestExpiry {
  /** Default `'invalid_grant'`: the provider refused the refresh token. */
  reason?: ExpiryReason | undefined
  /** What the provider said. */
  error?: AuthError | undefined
}

/**
 * A client whose user, provider and refresh token are a test's own: everything else is what `createAuthClient` gives. No
 * request leaves it but those of `fetch`. The functions beyond those of a client settle once the session shows what was
 * done, so that `await act(() => auth.expire())` renders it.
 */
export interface TestAuth<User = UserClaims> extends AuthClient<User> {
  /** A user signs in, as in another tab: also another one than before. */
  signInAs(claims: UserClaims): Promise<void>
  /** The user signs out, as in another tab. */
  signOutElsewhere(): Promise<void>
  /** The session cannot be renewed any more. @throws TypeError where no user is signed in */
  expire(expiry?: TestExpiry): Promise<void>
  /**
   * From now on the provider gives no new access token, and says this; `undefined`: it does again. A token that still
   * holds is handed out as ever: `getAccessToken({ forceRefresh: true })` meets the failure.
   * @example auth.failRenewals(new AuthError('provider_unavailable', { message: 'Down.', status: 503 }))
   * @throws TypeError for what a client says only where the session is over: that is for `expire`
   */
  failRenewals(error: AuthError | undefined): void
  /**
   * What comes of the sign-ins that follow: who signs in, or why nobody does. Default: the user of the start.
   * @example auth.answerSignIns(new AuthError('access_denied', { message: 'Cancelled.' }))
   */
  answerSignIns(answer: UserClaims | AuthError): void
  /**
   * What each sign-in asked for, the first one first: `signIn()` of a component, of a guard (`automatic: true`) or of the
   * test. A popup's is as any other.
   */
  readonly signIns: readonly SignInOptions[]
}
