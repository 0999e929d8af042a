import type { AuthError, AuthErrorCode, AuthErrorJSON } from '../../errors.ts'
import { Emitter } from '../../vault/emitter.ts'
import { toAuthError } from '../lazy.ts'
import type { Renewal } from '../tokens/access-token.ts'
import type { SessionStatus, SignedOutReason } from './session.ts'
import type { ExpiryReason } from '../../renewal/expiry-reason.ts'

/** How many transitions and errors `diagnostics()` remembers. */
const MAX_DIAGNOSTICS = 50

/** Why a session moved. */
export type TransitionReason =
  SignedOutReason | ExpiryReason | AuthErrorCode | 'sign_in' | 'signed_in'

/** One step of the session, kept for diagnostics. Never a token, never a claim. */
export interface Transition {
  /** ms since 1970, as the device says. */
  at: number
  from: SessionStatus
  to: SessionStatus
  reason: TransitionReason
}

/** Something that failed, as diagnostics show it. */
export type RecordedError = AuthErrorJSON & {
  /** ms since 1970, as the device says. */
  at: number
}

/** What happens to a session, in order: `client.observe(listener)` is told before any React subscriber is. */
export type AuthEvent =
  | ({ type: 'transition' } & Transition)
  | ({ type: 'error' } & RecordedError)
  /** A renewal began, went through, or failed for now. `key` tells needs apart: `''` is the session's own token. */
  | { type: 'renewal'; at: number; key: string; renewal: Renewal }

/** What happened, remembered for `diagnostics()` and told to observers. */
export interface EventLog {
  readonly transitions: readonly Transition[]
  readonly errors: readonly RecordedError[]
  observe(listener: (event: AuthEvent) => void): () => boolean
  recordTransition(transition: Omit<Transition, 'at'>): void
  recordRenewal(key: string, renewal: Renewal): void
  /** @returns the error with a code: one without is a part that did not load */
  recordError(error: unknown): AuthError
}

export function createEventLog(now: () => number): EventLog {
  const transitions: Transition[] = []
  const errors: RecordedError[] = []
  const observers = new Emitter<AuthEvent>()
  let latest: AuthError | undefined

  /** Remembered before it is told: an observer may read the diagnostics. */
  function record<What>(
    toEvent: (entry: What & { at: number }) => AuthEvent,
    what: What,
    list: (What & { at: number })[] = [],
  ): void {
    const entry = { at: now(), ...what }
    if (list.push(entry) > MAX_DIAGNOSTICS) list.shift()
    observers.emit(toEvent(entry))
  }

  return {
    transitions,
    errors,
    observe: (listener) => observers.on(listener),
    recordTransition: (step) =>
      record((entry) => ({ type: 'transition', ...entry }), step, transitions),
    recordRenewal: (key, renewal) =>
      record((entry) => ({ type: 'renewal', ...entry }), { key, renewal }),
    recordError(error) {
      const known = toAuthError(error)
      // An error that fails the session was often recorded where it came from.
      if (known !== latest) record((entry) => ({ type: 'error', ...entry }), known.toJSON(), errors)
      latest = known
      return known
    },
  }
}
