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
  error?: AuthError
  /** The failure was a refusal of this need's scope or resource. */
  refused?: boolean
}

/**
 * A floor between equal requests, and a cool-down after failures that all callers share. Only the session's own
 * request, which names no scope or resource, speaks for every need. Whatever is answered to another, a 429 or a 503
 * with `Retry-After` too, may be about its resource alone: it makes that need wait. A provider that is down for all
 * says so to the session's own request as well.
 */
export class CoolDown {
  readonly #sentAt = new BoundedMap<Instant>(MAX_NEEDS)
  /** After a failure of the session's own request: for every need. */
  #ownPause: Pause | undefined
  /** After a failure or refusal of one need: for that need alone. */
  readonly #needPauses = new BoundedMap<Pause>(MAX_NEEDS)
  /** How often `resume` ended pauses since the last success, and when it last did. */
  #resumes = 0
  #resumedAt: Instant | undefined

  sent(key: string, at: Instant): void {
    this.#sentAt.set(key, at)
  }

  succeeded(key: string): void {
    this.#needPauses.delete(key)
    this.#resumes = 0
    if (key === '') this.#ownPause = undefined
  }

  /** A request for this need failed, and may go through later. */
  failed(key: string, error: AuthError, now: Instant, random: number): void {
    if (key === '') this.#ownPause = nextPause(this.#ownPause, error, now, random)
    else this.#needPauses.set(key, nextPause(this.#needPauses.get(key), error, now, random))
  }

  /** The provider refused the scope or resource of this need. */
  refused(key: string, error: AuthError, now: Instant, random: number): void {
    const pause = nextPause(this.#needPauses.get(key), error, now, random)
    this.#needPauses.set(key, { ...pause, refused: true })
  }

  /**
   * The network is back, or the device woke up: pauses of our own choice end, those that the provider asked for
   * do not. The failures still count, and so do resumes: a network that comes and goes undoes no backoff.
   */
  resume(now: Instant): void {
    const mayEnd = (pause: Pause | undefined): pause is Pause =>
      pause !== undefined &&
      !pause.refused &&
      pause.error.retryAfter === undefined &&
      pauseLeft(pause, now) > 0
    const own = this.#ownPause
    const needs = [...this.#needPauses].filter(([, pause]) => mayEnd(pause))
    if (!mayEnd(own) && needs.length === 0) return
    const last = this.#resumedAt
    if (last && elapsed(last, now) < maxPause(this.#resumes + 1)) return
    if (mayEnd(own)) this.#ownPause = { ...own, ms: 0 }
    for (const [key, pause] of needs) this.#needPauses.set(key, { ...pause, ms: 0 })
    this.#resumes++
    this.#resumedAt = now
  }

  nextAllowed(key: string, now: Instant): NextAllowed {
    const sentAt = this.#sentAt.get(key)
    const floor = sentAt ? Math.max(MIN_REFRESH_INTERVAL_MS - elapsed(sentAt, now), 0) : 0
    const pauses = [this.#needPauses.get(key), this.#ownPause]
    const pause = pauses.find((one) => pauseLeft(one, now) > 0)
    if (!pause) return { ms: floor }
    const ms = Math.max(...pauses.map((one) => pauseLeft(one, now)), floor)
    return { ms, error: pause.error, refused: pause.refused }
  }
}

function nextPause(
  previous: Pause | undefined,
  error: AuthError,
  now: Instant,
  random: number,
): Pause {
  const failures = (previous?.failures ?? 0) + 1
  const ms = backoff(failures, random, error.retryAfter)
  return { since: now, ms, failures, error, refused: false }
}

function pauseLeft(pause: Pause | undefined, now: Instant): number {
  return pause ? pause.ms - elapsed(pause.since, now) : 0
}
