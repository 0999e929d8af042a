import type { AuthError } from '../../errors.ts'
import { backoff, ceiling } from '../../renewal/backoff.ts'
import { elapsed, type Instant } from '../../renewal/lifetime.ts'
import { FLOOR } from '../../renewal/schedule.ts'

interface Pause {
  since: Instant
  ms: number
  failures: number
  error: AuthError
}

/** The family's own, for failures of the provider; others are one need's, refused for its scope or resource. */
const FAMILY = '*'

/** When the next request may go: a floor between equal ones, and a cool-down after failures that all callers share. */
export class CoolDown {
  #sent = new Map<string, Instant>()
  #pauses = new Map<string, Pause>()
  /** Pauses that a wake ended since the last success, and the last of those wakes. */
  #woken = 0
  #wokenAt: Instant | undefined

  sent(key: string, at: Instant): void {
    this.#sent.set(key, at)
  }

  succeeded(key: string): void {
    this.#woken = 0
    this.#pauses.delete(FAMILY)
    this.#pauses.delete(key)
  }

  failed(error: AuthError, now: Instant, random: number, key: string = FAMILY): void {
    const failures = (this.#pauses.get(key)?.failures ?? 0) + 1
    this.#pauses.set(key, {
      since: now,
      ms: backoff(failures, random, error.retryAfter),
      failures,
      error,
    })
  }

  /**
   * The network is back, or the device woke up: what we chose to wait is over, what the provider asked for is not.
   * The failures still count, and so do wakes: a network that comes and goes undoes no backoff.
   */
  wake(now: Instant): void {
    const pause = this.#pauses.get(FAMILY)
    if (!pause || pause.error.retryAfter !== undefined || elapsed(pause.since, now) >= pause.ms)
      return
    if (this.#wokenAt && elapsed(this.#wokenAt, now) < ceiling(this.#woken + 1)) return
    pause.ms = 0
    this.#woken++
    this.#wokenAt = now
  }

  /** Milliseconds until a request for this key may go, and the failure that makes it wait: its own, or the family's. */
  wait(key: string, now: Instant): { ms: number; error?: AuthError; own?: boolean } {
    const sent = this.#sent.get(key)
    const floor = sent ? FLOOR - elapsed(sent, now) : 0
    for (const of of [FAMILY, key]) {
      const pause = this.#pauses.get(of)
      const ms = pause ? pause.ms - elapsed(pause.since, now) : 0
      if (pause && ms > 0) return { ms: Math.max(ms, floor), error: pause.error, own: of === key }
    }
    return { ms: Math.max(floor, 0) }
  }
}
