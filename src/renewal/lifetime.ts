/** One reading of both clocks, in ms. Neither is trusted alone: the wall clock jumps, the monotonic one may stop while the device sleeps. */
export interface Instant {
  wall: number
  mono: number
}

/** How long something holds, counted from the moment its request was sent. */
export interface Lifetime {
  sentAt: Instant
  /** Milliseconds. */
  lifetime: number
}

/**
 * How long an authorization code can still be worth something, and so how long a sign-in under way is remembered.
 * RFC 6749 §4.1.2 recommends ten minutes at the most.
 */
export const CODE_LIFETIME_MS = 10 * 60_000

/** The clock that advanced further is right: the other one slept, or was set back. */
export function elapsed(since: Instant, now: Instant): number {
  return Math.max(now.wall - since.wall, now.mono - since.mono, 0)
}

/** Milliseconds left; negative when over. */
export function remaining(token: Lifetime, now: Instant): number {
  return token.lifetime - elapsed(token.sentAt, now)
}
