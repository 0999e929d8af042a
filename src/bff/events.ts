import type { ProblemCode } from '../bff-protocol.ts'
import type { AuthErrorJSON } from '../errors.ts'
import type { ExpiryReason } from '../renewal/expiry-reason.ts'

/** Why a session is no more. */
export type SessionEndReason =
  | ExpiryReason
  | 'logout'
  | 'backchannel_logout'
  | 'frontchannel_logout'
  /** The same browser signed in again. */
  | 'replaced'
  /** It grew beyond what cookies hold. */
  | 'session_too_large'

/**
 * What happens in the backend, for logs and metrics. Never a token, a cookie or a claim; `session` names a session
 * without opening it.
 */
export type BffEvent =
  | { type: 'session-created'; session: string }
  | {
      type: 'session-ended'
      session: string
      reason: SessionEndReason
      error?: AuthErrorJSON
      /** Of a session that another one replaced: the provider is told now, or when that one is signed out. */
      refreshToken?: 'revoked' | 'kept'
    }
  /**
   * The store was away for too long to hear of a sign-out: what that was to end lives there until its limits, and its refresh
   * token with it. The browser has forgotten it.
   */
  | { type: 'session-end-failed'; session: string; reason: SessionEndReason; error?: AuthErrorJSON }
  /** The provider ended so many sessions of a user, or of one of its own sessions; nobody counts those in cookies. */
  | { type: 'sessions-ended'; reason: 'backchannel_logout'; count?: number }
  /** At the start, where sessions are in cookies: what is not to be had without a store. */
  | { type: 'limited'; message: string }
  | { type: 'session-refreshed'; session: string; generation: number; durationMs: number }
  /** A refresh failed for now; no request goes out for `retryAfter` milliseconds. */
  | { type: 'refresh-failed'; session: string; retryAfter: number; error: AuthErrorJSON }
  /** The provider refused a scope or resource. */
  | { type: 'token-refused'; session: string; error: AuthErrorJSON }
  | { type: 'sign-in-failed'; code: ProblemCode; error?: AuthErrorJSON }
  /** A request was turned away. `route` is empty for a path that is none. */
  | { type: 'request-refused'; route: string; code: ProblemCode }
  | { type: 'logout-token-refused'; why: string }
  /** The provider was asked anew for its metadata, and did not give any that can be used: those of before are. */
  | { type: 'metadata-kept'; error?: AuthErrorJSON }
  | { type: 'revocation-failed'; error?: AuthErrorJSON }
  /** Something that a session goes on without. */
  | { type: 'note'; session: string; error: AuthErrorJSON }
  | { type: 'store-failed'; message: string }
  /** A mistake of ours, or of an option that is a function. */
  | { type: 'unexpected-error'; route: string; error: unknown }

export type Emit = (event: BffEvent) => void

/** A listener that fails is no reason for a request to fail, nor for a process to end: it may be an async function. */
export function createEmit(listener: (event: BffEvent) => void): Emit {
  return (event) => {
    try {
      const told: unknown = listener(event)
      if (told instanceof Promise) told.catch(() => {})
    } catch {
      // There is nobody else to tell.
    }
  }
}

/** For events, and for a page that wants to know whether its session is still the same. */
export function sessionName({ storeKey }: { storeKey: string }): string {
  return storeKey.slice(0, 16)
}
