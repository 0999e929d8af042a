import { AuthError } from '../../errors.ts'
import { MIN_REFRESH_INTERVAL_MS } from '../../renewal/schedule.ts'
import type { SessionContents } from '../sessions/session-contents.ts'
import type { SessionRecords, StoredSession } from '../sessions/session-records.ts'
import type { AccessNeed } from './access-need.ts'

/** Milliseconds until the next request for the same need may go. */
export function floorLeft({ tokens }: SessionContents, { key }: AccessNeed, now: number): number {
  const sentAt = tokens[key]?.sentAt ?? 0
  return sentAt > now ? 0 : Math.max(0, sentAt + MIN_REFRESH_INTERVAL_MS - now)
}

/**
 * The store times it: by the clock of an instance that runs minutes behind, or was set back, a pause of seconds would last as
 * long as that.
 * @throws AuthError with what is left of the pause
 */
export async function assertNoPause(
  records: Pick<SessionRecords, 'pausedFor'>,
  { ticket, contents: { pauses } }: StoredSession,
  { key }: AccessNeed,
): Promise<void> {
  for (const name of new Set([key, ''])) {
    const one = pauses[name]
    const retryAfter = one ? await records.pausedFor(ticket, name) : 0
    if (one && retryAfter > 0) throw AuthError.from({ ...one.error, retryAfter })
  }
}
