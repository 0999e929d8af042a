import { createClock } from '@sinonjs/fake-timers'

/** Beginning of 2026, ms since 1970. */
const START = 1_767_225_600_000
/** Pages do not start at zero either. */
const MONOTONIC_START_MS = 1000
/** Browsers run a longer timer at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/**
 * The two clocks of a device, and its timers, which go by the monotonic one. Time moves only when told to, and the
 * clocks may part ways: the wall clock can be set, and the monotonic one may stand still while the device sleeps.
 */
export class VirtualClock {
  readonly #timers = createClock(MONOTONIC_START_MS)
  /** After a sleep the timers are behind: what was due meanwhile is overdue. */
  #awakeSince = MONOTONIC_START_MS
  #wallAhead = START - MONOTONIC_START_MS

  get monotonic(): number {
    return Math.max(this.#timers.now, this.#awakeSince)
  }

  get wall(): number {
    return this.monotonic + this.#wallAhead
  }

  get pendingTimers(): number {
    return this.#timers.countTimers()
  }

  /** @returns cancel */
  timer(callback: () => void, ms: number): () => void {
    if (ms > LONGEST_TIMER_MS) throw new RangeError(`a timer of ${ms} ms would fire at once`)
    return this.#schedule(callback, Math.max(ms, 0) + this.monotonic - this.#timers.now)
  }

  /** Moves to the next timer due by `end` and runs it. False: there is none, and it is `end` now. */
  runNext(end: number): boolean {
    let reached = false
    const cancel = this.#schedule(() => void (reached = true), Math.max(end - this.#timers.now, 0))
    try {
      this.#timers.next()
    } finally {
      cancel()
    }
    return !reached
  }

  /** The device sleeps: no timer runs, and the monotonic clock may stand still. */
  sleep(ms: number, monotonicToo = false): void {
    if (monotonicToo) this.#awakeSince = this.monotonic + ms
    else this.#wallAhead += ms
  }

  /** The wall clock is set. */
  jump(ms: number): void {
    this.#wallAhead += ms
  }

  #schedule(callback: () => void, ms: number): () => void {
    // Whole milliseconds, and never early: a deadline that is looked at again has passed.
    const whole = Math.ceil(ms)
    if (whole <= LONGEST_TIMER_MS) {
      const id = this.#timers.setTimeout(callback, whole)
      return () => this.#timers.clearTimeout(id)
    }
    let cancel = this.#schedule(() => {
      cancel = this.#schedule(callback, whole - LONGEST_TIMER_MS)
    }, LONGEST_TIMER_MS)
    return () => cancel()
  }
}
