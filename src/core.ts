export { createAuthClient } from './client/create-auth-client.ts'
export type { AuthClientOptions, StandardSchema } from './client/options.ts'
export type { Session, SessionStatus, SignedOutReason, Transition } from './client/session.ts'
export type { AccessTokenNeed, AccessTokenState, Renewal } from './client/tokens.ts'
export type {
  AccessTokenOptions,
  AuthClient,
  Diagnostics,
  SignInOptions,
  SignOutOptions,
} from './client/types.ts'
export { AuthError } from './errors.ts'
export type { AuthErrorCode } from './errors.ts'
export type { ServerMetadata, TokenResponse } from './oauth/types.ts'
export type { ExpiryReason } from './renewal/verdict.ts'
export type { UserClaims } from './vault/vault.ts'
