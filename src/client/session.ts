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

/** The whole state machine: where each event leads, */
const LEADS_TO: Record<SessionEvent, SessionStatus> = {
  empty: 'signed-out',
  live: 'signed-in',
  expired: 'expired',
  begin: 'signing-in',
  fail: 'error',
}

/** and from where. What is not listed does not happen: the session stays as it is. */
const HAPPENS: Record<SessionStatus, string> = {
  restoring: 'empty live begin fail',
  'signed-out': 'live begin fail',
  'signing-in': 'empty live expired fail',
  'signed-in': 'empty live expired begin fail',
  expired: 'empty live begin',
  error: 'empty live begin fail',
}

/** @returns undefined where the event does not happen */
export function transition(from: SessionStatus, event: SessionEvent): SessionStatus | undefined {
  return HAPPENS[from].includes(event) ? LEADS_TO[event] : undefined
}

/** One step of the machine, kept for diagnostics. Never a token, never a claim. */
export interface Transition {
  /** ms since 1970, as the device says. */
  at: number
  from: SessionStatus
  to: SessionStatus
  reason: string
}
