import type { AuthError } from '../../errors.ts'
import { EXPIRY_REASONS } from '../../renewal/expiry-reason.ts'
import type { SessionEnd } from '../vault.ts'

/** Why the backend ended it, as far as it says. */
export function sessionEnd(error: AuthError | undefined): SessionEnd {
  const reason = EXPIRY_REASONS.find((known) => known === error?.errorDescription)
  return { reason: reason ?? 'session_ended', ...(error && { error: error.toJSON() }) }
}
