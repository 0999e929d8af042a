import { remaining, type Instant, type Lifetime } from './lifetime.ts'

/** No two refreshes for the same need closer than this, whatever the provider answers. */
export const MIN_REFRESH_INTERVAL_MS = 1000

/** Timers above 2³¹−1 ms fire at once; a long wait is cut and checked again. */
export const MAX_TIMER_MS = 2 ** 31 - 1

const MAX_LEAD_MS = 60_000

/** How long before expiry a watched token is refreshed (ms). */
export function leadOf(lifetime: number): number {
  return Math.min(MAX_LEAD_MS, lifetime / 5)
}

/**
 * Milliseconds until a watched token is due; 0 when it is. Jitter only shortens the lead, so that many
 * tabs and devices do not come at once and no token is refreshed earlier than planned.
 * @param jitter 0 to 1
 */
export function dueIn(token: Lifetime, now: Instant, jitter: number): number {
  const due = remaining(token, now) - leadOf(token.lifetime) * (1 - jitter / 4)
  // A token shorter than the floor cannot be kept warm: it is refreshed once a second, never in a loop.
  const age = token.lifetime - remaining(token, now)
  const floor = Math.max(MIN_REFRESH_INTERVAL_MS - age, 0)
  return Math.min(Math.max(due, floor), MAX_TIMER_MS)
}
