'use client'

// Named one by one: a client boundary knows no `export *`.
export { createAuthClient, AuthError } from './core.ts'
export type {
  AuthClientOptions,
  StandardSchema,
  Session,
  SessionStatus,
  SignedOutReason,
  Transition,
  AccessTokenNeed,
  AccessTokenState,
  Renewal,
  AccessTokenOptions,
  AuthClient,
  Diagnostics,
  SignInOptions,
  SignOutOptions,
  AuthErrorCode,
  ServerMetadata,
  TokenResponse,
  ExpiryReason,
  UserClaims,
} from './core.ts'
export {
  useAccessToken,
  useSuspenseAccessToken,
  useTokenResponse,
  type AccessToken,
} from './react/access-token.ts'
export { useAuthClient, type ClientOption, type Register, type User } from './react/context.ts'
export { RequireSession, SignedIn, SignedOut, type RequireSessionProps } from './react/guards.tsx'
export { AuthProvider, type AuthProviderProps } from './react/provider.tsx'
export { useAuth, useUser, type AuthActions } from './react/session.ts'
