import type { AuthError } from '../../errors.ts'
import { backoff, maxPause } from '../../renewal/backoff.ts'
import { elapsed, type Instant } from '../../renewal/lifetime.ts'
import { MIN_REFRESH_INTERVAL_MS } from '../../renewal/schedule.ts'
import { BoundedMap } from '../bounded-map.ts'

/** Of so many needs it is known when they were last asked for, and what came of it. */
const MAX_NEEDS = 1000

interface Pause {
  since: Instant
  ms: number
  failures: number
  error: AuthError
  /** The provider refused the need's scope or resource: waiting does not change that. */
  refused: boolean
}

/** When the next request may go, and the failure that makes it wait. */
export interface NextAllowed {
  /** Milliseconds; 0 when it may go now. */
  ms: number
  error?: AuthError | undefined
  /** The failure was a refusal of this need's scope or resource. */
  refused?: boolean | undefined
}

/**
 * A floor between equal requests, and a cool-down after failures that all callers share. Only the session's own
 * request, which names no scope or resource, speaks for every need. Whatever is answered to another, a 429 or a 503
 * with `Retry-After` too, may be about its resource alone: it makes that need wait. A provider that is down for all
 * says so to the session's own request as well.
 */
export class CoolDown {
  readonly #sentAt = new BoundedMap<Instant>(MAX_NEEDS)
  /** After failures: of the session's own request, key '', for every need; of another's for that need alone. */
  readonly #pauses = new BoundedMap<Pause>(MAX_NEEDS)
  /** How often `resume` ended pauses since the last success, and when it last did. */
  #resumes = 0
  #resumedAt: Instant | undefined

  sent(key: string, at: Instant): void {
    this.#sentAt.set(key, at)
  }

  succeeded(key: string): void {
    this.#pauses.delete(key)
    this.#resumes = 0
  }

  /** @param refused the provider refused the scope or resource of this need; else it may go through later */
  failed(key: string, error: AuthError, now: Instant, random: number, refused: boolean): void {
    const failures = (this.#pauses.get(key)?.failures ?? 0) + 1
    const ms = backoff(failures, random, error.retryAfter)
    this.#pauses.set(key, { since: now, ms, failures, error, refused })
  }

  /**
   * The network is back, or the device woke up: pauses of our own choice end, those that the provider asked for
   * do not. The failures still count, and so do resumes: a network that comes and goes undoes no backoff.
   */
  resume(now: Instant): void {
    const ours = [...this.#pauses.values()].filter(
      (pause) =>
        !pause.refused && pause.error.retryAfter === undefined && pauseLeft(pause, now) > 0,
    )
    const last = this.#resumedAt
    const tooSoon = last && elapsed(last, now) < maxPause(this.#resumes + 1)
    if (ours.length === 0 || tooSoon) return
    for (const pause of ours) pause.ms = 0
    this.#resumes++
    this.#resumedAt = now
  }

  nextAllowed(key: string, now: Instant): NextAllowed {
    const sentAt = this.#sentAt.get(key)
    const floor = sentAt ? MIN_REFRESH_INTERVAL_MS - elapsed(sentAt, now) : 0
    const pauses = [this.#pauses.get(key), this.#pauses.get('')].flatMap((pause) =>
      pause && pauseLeft(pause, now) > 0 ? [pause] : [],
    )
    const ms = Math.max(0, floor, ...pauses.map((pause) => pauseLeft(pause, now)))
    return { ms, error: pauses[0]?.error, refused: pauses[0]?.refused }
  }
}

function pauseLeft({ since, ms }: Pause, now: Instant): number {
  return ms - elapsed(since, now)
}
