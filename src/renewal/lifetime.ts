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

/** The clock that advanced further is right: the other one slept, or was set back. */
export function elapsed(since: Instant, now: Instant): number {
  return Math.max(now.wall - since.wall, now.mono - since.mono, 0)
}

/** Milliseconds left; negative when over. */
export function remaining(token: Lifetime, now: Instant): number {
  return token.lifetime - elapsed(token.sentAt, now)
}
