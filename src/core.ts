export { createAuthClient } from './client/create-auth-client.ts'
export type {
  AccessTokenOptions,
  AuthClient,
  AuthorizedRequest,
  AuthorizeOptions,
  Diagnostics,
  RequireSessionOptions,
  SignInOptions,
  SignOutOptions,
} from './client/auth-client.ts'
export type {
  ConnectionStart,
  ConnectOptions,
  OpenConnection,
} from './client/fetch/connection-options.ts'
export { stepUpNeeded, type StepUp } from './client/fetch/step-up.ts'
export type { BffClientOptions } from './client/options/bff-options.ts'
export type {
  AuthClientOptions,
  ProtectedResource,
  StandardSchema,
} from './client/options/options.ts'
export type { AuthEvent, RecordedError, Transition } from './client/session/event-log.ts'
export { mayStartSignIn, subjectOf } from './client/session/session.ts'
export type {
  ExpiredSession,
  Session,
  SessionStatus,
  SignedInSession,
  SignedOutReason,
} from './client/session/session.ts'
export type { AccessTokenNeed, AccessTokenState, Renewal } from './client/tokens/access-token.ts'
export type { AccessToken, AccessTokenObserver } from './client/tokens/access-token-observer.ts'
export { AuthError } from './errors.ts'
export type { AuthErrorCode } from './errors.ts'
export type { ServerMetadata, TokenResponse } from './oauth/types.ts'
export type { ExpiryReason } from './renewal/expiry-reason.ts'
export type { UserClaims } from './vault/vault.ts'
