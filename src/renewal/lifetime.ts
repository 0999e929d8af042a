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

/** `expires_in` is RECOMMENDED, not required (RFC 6749 §5.1): a token without it is not eternal. */
const LIFETIME_WHEN_UNSAID = 5 * 60_000
const LONGEST_LIFETIME = 24 * 3_600_000

/** Seconds as the provider said them → milliseconds to count on. */
export function lifetimeOf(expiresIn: number | undefined): number {
  return expiresIn === undefined
    ? LIFETIME_WHEN_UNSAID
    : Math.min(expiresIn * 1000, LONGEST_LIFETIME)
}

/** The clock that advanced further is right: one of them slept, or somebody set the other back. */
export function elapsed(since: Instant, now: Instant): number {
  return Math.max(now.wall - since.wall, now.mono - since.mono, 0)
}

/** Milliseconds left; negative when over. */
export function remaining(token: Lifetime, now: Instant): number {
  return token.lifetime - elapsed(token.sentAt, now)
}
