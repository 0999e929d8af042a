import type { AuthError } from '../../errors.ts'
import { backoff, maxPause } from '../../renewal/backoff.ts'
import { elapsed, type Instant } from '../../renewal/lifetime.ts'
import { MIN_REFRESH_INTERVAL_MS } from '../../renewal/schedule.ts'

interface Pause {
  since: Instant
  ms: number
  failures: number
  error: AuthError
}

/** When the next request may go, and the failure that makes it wait. */
export interface NextAllowed {
  /** Milliseconds; 0 when it may go now. */
  ms: number
  error?: AuthError
  /** The failure was this need's own, refused for its scope or resource. */
  own?: boolean
}

/** A floor between equal requests, and a cool-down after failures that all callers of one family share. */
export class CoolDown {
  readonly #sentAt = new Map<string, Instant>()
  /** After a failure of the provider: for every need. */
  #familyPause: Pause | undefined
  /** After a refusal of one need's scope or resource: for that need alone. */
  readonly #needPauses = new Map<string, Pause>()
  /** How many pauses `resume` ended since the last success, and when it last did. */
  #resumes = 0
  #resumedAt: Instant | undefined

  sent(key: string, at: Instant): void {
    this.#sentAt.set(key, at)
  }

  succeeded(key: string): void {
    this.#resumes = 0
    this.#familyPause = undefined
    this.#needPauses.delete(key)
  }

  /** The provider failed: every need waits. */
  failed(error: AuthError, now: Instant, random: number): void {
    this.#familyPause = nextPause(this.#familyPause, error, now, random)
  }

  /** The provider refused one need. */
  refused(key: string, error: AuthError, now: Instant, random: number): void {
    this.#needPauses.set(key, nextPause(this.#needPauses.get(key), error, now, random))
  }

  /**
   * The network is back, or the device woke up: a pause of our own choice ends, one that the provider asked for
   * does not. The failures still count, and so do resumes: a network that comes and goes undoes no backoff.
   */
  resume(now: Instant): void {
    const pause = this.#familyPause
    if (!pause || pause.error.retryAfter !== undefined || pauseLeft(pause, now) <= 0) return
    const last = this.#resumedAt
    if (last && elapsed(last, now) < maxPause(this.#resumes + 1)) return
    this.#familyPause = { ...pause, ms: 0 }
    this.#resumes++
    this.#resumedAt = now
  }

  nextAllowed(key: string, now: Instant): NextAllowed {
    const sentAt = this.#sentAt.get(key)
    const floor = sentAt ? Math.max(MIN_REFRESH_INTERVAL_MS - elapsed(sentAt, now), 0) : 0
    const pauses = [
      { pause: this.#familyPause, own: false },
      { pause: this.#needPauses.get(key), own: true },
    ]
    for (const { pause, own } of pauses) {
      const ms = pauseLeft(pause, now)
      if (pause && ms > 0) return { ms: Math.max(ms, floor), error: pause.error, own }
    }
    return { ms: floor }
  }
}

function nextPause(
  previous: Pause | undefined,
  error: AuthError,
  now: Instant,
  random: number,
): Pause {
  const failures = (previous?.failures ?? 0) + 1
  return { since: now, ms: backoff(failures, random, error.retryAfter), failures, error }
}

function pauseLeft(pause: Pause | undefined, now: Instant): number {
  return pause ? pause.ms - elapsed(pause.since, now) : 0
}
