import type { AuthError } from '../../errors.ts'
import { EXPIRY_REASONS } from '../../renewal/expiry-reason.ts'
import type { Instant, Lifetime } from '../../renewal/lifetime.ts'
import type { SessionEnd, SessionEnds } from '../vault.ts'
import type { JsonObject } from './request.ts'

/** What a backend says in seconds. @param saidAt when it was asked */
export function lifetimeOf(seconds: unknown, saidAt: Instant): Lifetime {
  return { sentAt: saidAt, lifetime: Number(seconds) * 1000 }
}

/** Without a number where it did not say so: a server's page does not. */
export function endsOf(
  { sessionExpiresIn, idleExpiresIn }: JsonObject,
  saidAt: Instant,
): SessionEnds {
  return { idle: lifetimeOf(idleExpiresIn, saidAt), absolute: lifetimeOf(sessionExpiresIn, saidAt) }
}

/** Why the backend ended it, as far as it says. */
export function sessionEnd(error: AuthError | undefined): SessionEnd {
  const reason = EXPIRY_REASONS.find((known) => known === error?.errorDescription)
  return { reason: reason ?? 'session_ended', ...(error && { error: error.toJSON() }) }
}
