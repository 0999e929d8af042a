import { AuthError } from '../../errors.ts'
import { MIN_REFRESH_INTERVAL_MS } from '../../renewal/schedule.ts'
import type { SessionContents } from '../sessions/session-contents.ts'
import type { AccessNeed } from './access-need.ts'

/** Milliseconds until the next request for the same need may go. */
export function floorLeft({ tokens }: SessionContents, { key }: AccessNeed, now: number): number {
  const sentAt = tokens[key]?.sentAt ?? 0
  return sentAt > now ? 0 : Math.max(0, sentAt + MIN_REFRESH_INTERVAL_MS - now)
}

/** @throws AuthError with what is left of the pause */
export function assertNoPause({ pauses }: SessionContents, { key }: AccessNeed, now: number): void {
  for (const one of [pauses[key], pauses['']]) {
    const retryAfter = (one?.until ?? 0) - now
    if (one && retryAfter > 0) throw AuthError.from({ ...one.error, retryAfter })
  }
}
