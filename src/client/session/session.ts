import type { AuthError, AuthErrorCode } from '../../errors.ts'
import type { ExpiryReason } from '../../renewal/expiry-reason.ts'
import type { EmptyReason, UserClaims, VaultState } from '../../vault/vault.ts'

/** Why no user is signed in. */
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
  | {
      readonly status: 'signed-in'
      readonly user: User
      readonly subject?: string
      /** Why the last sign-in of this page came to nothing, and the user of before is still signed in. Until the next one begins. */
      readonly signInError?: AuthError
    }
  /** The provider ended it. The tree stays mounted; the user can sign in again, here or in another tab. */
  | {
      readonly status: 'expired'
      readonly user: User
      readonly subject?: string
      readonly reason: ExpiryReason
      /** What the provider said, where it said why: its `error` and `errorDescription`. */
      readonly error?: AuthError
      /** Why the last attempt of this page to sign in again came to nothing. Until the next one begins. */
      readonly signInError?: AuthError
    }
  | { readonly status: 'error'; readonly error: AuthError }

/** A session with a user who is signed in. */
export type SignedInSession<User> = Extract<Session<User>, { status: 'signed-in' }>
/** A session that ended, whose user is still shown. */
export type ExpiredSession<User> = Extract<Session<User>, { status: 'expired' }>

/** What `status` of a session can be: 'restoring', 'signed-out', 'signing-in', 'signed-in', 'expired', 'error'. */
export type SessionStatus = Session['status']

/** `sub` of the user whom a session shows; undefined where it shows none, or does not say whom. */
export function subjectOf(session: Session<unknown>): string | undefined {
  const { subject, user } = session as Partial<Extract<typeof session, { status: 'signed-in' }>>
  const { sub } = Object(user) as { sub?: unknown }
  return subject ?? (typeof sub === 'string' ? sub : undefined)
}

/** Whether a session waits for nothing: neither for the vault nor for the provider. */
export function isSettled(status: SessionStatus): boolean {
  return status !== 'restoring' && status !== 'signing-in'
}

/** Whether the user ended the session, in this tab or another: then only a person signs in again. */
export function endedByUser(reason: string): boolean {
  return reason === 'signed_out' || reason === 'signed_out_elsewhere'
}

/**
 * Whether an application may send this user to the provider of its own accord: it is certain that no user is signed in,
 * and that is not what the user wanted. `<RequireSession>` does so; use it in a guard of your own.
 * @example if (mayStartSignIn(auth.getSession())) await auth.signIn({ automatic: true })
 */
export function mayStartSignIn(session: Session<unknown>): boolean {
  return (
    session.status === 'signed-out' && !endedByUser(session.reason) && session.reason !== 'aborted'
  )
}

/** The whole state machine: from where, where to. What is not listed does not happen: the session stays as it is. */
const TRANSITIONS: Record<SessionStatus, readonly SessionStatus[]> = {
  restoring: ['signed-out', 'signed-in', 'signing-in', 'error'],
  'signed-out': ['signed-in', 'signing-in', 'error'],
  'signing-in': ['signed-out', 'signed-in', 'expired', 'error'],
  // The same user's claims may change.
  'signed-in': ['signed-out', 'signed-in', 'expired', 'signing-in', 'error'],
  // A sign-in that failed before it began is told beside the end.
  expired: ['signed-out', 'signed-in', 'expired', 'signing-in'],
  error: ['signed-out', 'signed-in', 'signing-in', 'error'],
}

/** A sign-out is what counts from then on, also where no user was signed in. */
export function leadsTo(from: SessionStatus, to: SessionStatus, reason?: string): boolean {
  return TRANSITIONS[from].includes(to) || (reason === 'signed_out' && from === to)
}

export function isSameSession(one: Session<unknown>, other: Session<unknown>): boolean {
  const isSignedOut = one.status === 'signed-out' && other.status === one.status
  return one === other || (isSignedOut && one.reason === other.reason)
}

/** What a vault says that holds nobody's session. */
export function signedOut(reason: EmptyReason): VaultState {
  return { status: 'empty', reason }
}
