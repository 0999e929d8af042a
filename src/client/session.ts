import type { AuthError, AuthErrorCode } from '../errors.ts'
import type { ExpiryReason } from '../renewal/verdict.ts'
import type { EmptyReason, UserClaims } from '../vault/vault.ts'

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

/** The whole state machine: from where, where to. What is not listed does not happen: the session stays as it is. */
const LEADS_TO: Record<SessionStatus, string> = {
  restoring: 'signed-out signed-in signing-in error',
  'signed-out': 'signed-in signing-in error',
  'signing-in': 'signed-out signed-in expired error',
  'signed-in': 'signed-out signed-in expired signing-in error',
  expired: 'signed-out signed-in signing-in',
  error: 'signed-out signed-in signing-in error',
}

/** A sign-out is heard wherever one is: also where nobody was signed in it is the reason from then on. */
export function leadsTo(from: SessionStatus, to: SessionStatus, reason?: string): boolean {
  return LEADS_TO[from].includes(to) || reason === 'signed_out'
}

/** One step of the machine, kept for diagnostics. Never a token, never a claim. */
export interface Transition {
  /** ms since 1970, as the device says. */
  at: number
  from: SessionStatus
  to: SessionStatus
  reason: string
}
