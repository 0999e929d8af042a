import type { AuthError, AuthErrorCode } from '../oauth/errors.ts'
import type { ExpiryReason } from '../renewal/verdict.ts'
import type { EmptyReason, UserClaims } from '../vault/types.ts'

/** Why nobody is signed in. */
export type SignedOutReason = EmptyReason | AuthErrorCode

/**
 * Who is signed in, and how we know: one union, no impossible pair, no endless pending. `subject` is the
 * user's `sub`, whatever `userSchema` made of the claims.
 */
export type Session<User = UserClaims> =
  /** The vault is being asked; ends within seconds. */
  | { readonly status: 'restoring' }
  | { readonly status: 'signed-out'; readonly reason: SignedOutReason }
  /** On the way to the provider or back. `user`: who was signed in when it began. */
  | { readonly status: 'signing-in'; readonly user?: User; readonly subject?: string }
  | { readonly status: 'signed-in'; readonly user: User; readonly subject?: string }
  /** The provider ended it. The tree stays mounted; the user can sign in again, here or in another tab. */
  | {
      readonly status: 'expired'
      readonly user: User
      readonly subject?: string
      readonly reason: ExpiryReason
    }
  | { readonly status: 'error'; readonly error: AuthError }

export type SessionStatus = Session['status']

/** What can happen to a session: what the vault holds, a sign-in that begins, one that fails. */
export type SessionEvent = 'empty' | 'live' | 'expired' | 'begin' | 'fail'

/** The whole state machine. What is not listed does not happen: the session stays as it is. */
export const TRANSITIONS: Record<SessionStatus, Partial<Record<SessionEvent, SessionStatus>>> = {
  restoring: { empty: 'signed-out', live: 'signed-in', begin: 'signing-in', fail: 'error' },
  'signed-out': { live: 'signed-in', begin: 'signing-in', fail: 'error' },
  'signing-in': { empty: 'signed-out', live: 'signed-in', expired: 'expired', fail: 'error' },
  'signed-in': {
    empty: 'signed-out',
    live: 'signed-in',
    expired: 'expired',
    begin: 'signing-in',
    fail: 'error',
  },
  expired: { empty: 'signed-out', live: 'signed-in', begin: 'signing-in' },
  error: { live: 'signed-in', begin: 'signing-in', empty: 'signed-out', fail: 'error' },
}

/** One step of the machine, kept for diagnostics. Never a token, never a claim. */
export interface Transition {
  /** ms since 1970, as the device says. */
  at: number
  from: SessionStatus
  to: SessionStatus
  reason: string
}
