'use client'

// Named one by one: a client boundary knows no `export *`.
export { createAuthClient, mayStartSignIn, stepUpNeeded, subjectOf, AuthError } from './core.ts'
export type {
  AuthClientOptions,
  BffClientOptions,
  StandardSchema,
  Session,
  SessionStatus,
  SignedOutReason,
  Transition,
  AuthEvent,
  RecordedError,
  AccessToken,
  AccessTokenNeed,
  AccessTokenObserver,
  AccessTokenState,
  Renewal,
  AccessTokenOptions,
  AuthClient,
  AuthorizedRequest,
  AuthorizeOptions,
  ConnectionStart,
  ConnectOptions,
  OpenConnection,
  ProtectedResource,
  DeadlineOptions,
  SessionDeadline,
  ExpiredSession,
  RequireSessionOptions,
  SignedInSession,
  StepUp,
  Diagnostics,
  SignInOptions,
  SignOutOptions,
  AuthErrorCode,
  ServerMetadata,
  TokenResponse,
  ExpiryReason,
  UserClaims,
} from './core.ts'
export type { ClientOption, Register, ResourceIndicator, User } from './react/auth-context.ts'
export { AuthProvider, type AuthProviderProps } from './react/auth-provider.tsx'
export { RequireSession, type RequireSessionProps } from './react/require-session.tsx'
export { SignedIn } from './react/signed-in.tsx'
export { SignedOut } from './react/signed-out.tsx'
export { useAccessToken } from './react/use-access-token.ts'
export { useAuth, type AuthActions } from './react/use-auth.ts'
export { useAuthClient } from './react/use-auth-client.ts'
export { useSuspenseAccessToken } from './react/use-suspense-access-token.ts'
export { useTokenResponse } from './react/use-token-response.ts'
export { useProtectedUrl, type ProtectedUrl } from './react/use-protected-url.ts'
export { useSessionDeadline } from './react/use-session-deadline.ts'
export { useUser } from './react/use-user.ts'
