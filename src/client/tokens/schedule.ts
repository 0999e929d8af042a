import { AuthError } from '../../errors.ts'
import { backoff } from '../../renewal/backoff.ts'
import { dueIn, MIN_REFRESH_INTERVAL_MS, leadOf, MAX_TIMER_MS } from '../../renewal/schedule.ts'
import type { HeldToken } from '../../vault/held-token.ts'
import type { PageEnvironment } from '../page/environment.ts'
import type { RequestToken } from './request-token.ts'
import type { TokenCache } from './token-cache.ts'
import { validityLeft, type TokenEntry } from './token-entry.ts'

/** After a failure that may pass, where the vault does not say how long to wait. */
const RETRY_DELAY_MS = 5000
/** The vault's own word for it may be as short as nothing: the page asks no more often than this. */
const MIN_RETRY_DELAY_MS = 250

export type ScheduleEnvironment = Pick<
  PageEnvironment,
  'now' | 'monotonic' | 'random' | 'timer' | 'isVisibleAndOnline'
>

export interface ScheduleParts {
  env: ScheduleEnvironment
  cache: TokenCache
  requestToken: RequestToken
}

/** What the schedule remembers of one entry. Times are monotonic. */
interface Plan {
  /** After a failure: no request of our own accord before. */
  notBefore: number
  /** No two requests closer than the floor, whatever was answered: an answer that satisfies nothing makes no loop. */
  floor: number
  requesting: boolean
  /** How often in a row the vault's answer was over when it came. */
  stale: number
  cancelTimer: () => void
  /** What the plan was made for: another token, or another word of the vault, and the failures before count no more. */
  token: HeldToken | undefined
  generation: number
}

/**
 * Sees to it that a watched token, in a tab that is visible and online, is always valid. That a token is valid when
 * it is handed out does not depend on it.
 */
export class RefreshSchedule {
  readonly #parts: ScheduleParts
  readonly #plans = new WeakMap<TokenEntry, Plan>()

  constructor(parts: ScheduleParts) {
    this.#parts = parts
  }

  /** Asks for what is due, and sets one timer for what comes next. `resumed`: the page is visible or online again. */
  check(entry: TokenEntry, resumed: boolean): void {
    const { env, cache } = this.#parts
    const plan = this.#plan(entry)
    plan.cancelTimer()
    if (resumed && plan.notBefore !== Infinity) plan.notBefore = 0
    if (cache.session === undefined || entry.watchers === 0) return
    const left = validityLeft(entry, this.#instant())
    // When the token ends, its readers must be told.
    let next = left > 0 ? left + 1 : Infinity
    if (env.isVisibleAndOnline() && (resumed || !plan.requesting)) {
      const wait = this.#waitFor(entry, plan)
      if (wait > 0) next = Math.min(next, wait)
      else this.#request(entry, plan, resumed)
    }
    if (next === Infinity) return
    plan.cancelTimer = env.timer(() => cache.publish(entry), Math.min(next, MAX_TIMER_MS))
  }

  /** A token was handed out within the lead: it is still good, and the next one should be too. */
  used(entry: TokenEntry, left: number): void {
    const plan = this.#plan(entry)
    const early = !entry.token || left > leadOf(entry.token.lifetime)
    if (early || plan.requesting || this.#waitFor(entry, plan) > 0) return
    this.#request(entry, plan, false)
  }

  /** Milliseconds until a request may go of our own accord. */
  #waitFor(entry: TokenEntry, plan: Plan): number {
    const { env } = this.#parts
    const mono = env.monotonic()
    return Math.max(this.#dueIn(entry), plan.notBefore - mono, plan.floor - mono)
  }

  #dueIn({ token }: TokenEntry): number {
    if (!token) return 0
    // A token without any lifetime is the provider's way to say "once": it is never renewed.
    if (token.lifetime === 0) return Infinity
    return dueIn(token, this.#instant(), this.#parts.env.random())
  }

  #request(entry: TokenEntry, plan: Plan, resumed: boolean): void {
    const { env, cache, requestToken } = this.#parts
    const { session } = cache
    plan.requesting = true
    plan.floor = env.monotonic() + MIN_REFRESH_INTERVAL_MS
    // With a valid token at hand a failure can wait; without one the vault waits for us.
    const proactive = validityLeft(entry, this.#instant()) > 0
    // The vault finds a token good that this page finds over: once, ask for another.
    const forceRefresh = plan.stale === 1
    requestToken(entry, { proactive, resumed, forceRefresh })
      .then(
        () => this.#answered(entry, plan),
        (error: AuthError) => {
          if (session === cache.session) this.#failed(entry, plan, error)
        },
      )
      .finally(() => {
        plan.requesting = false
        cache.publish(entry)
      })
  }

  #answered(entry: TokenEntry, plan: Plan): void {
    const { env } = this.#parts
    const { token } = entry
    if (!token || token.lifetime === 0 || validityLeft(entry, this.#instant()) > 0) {
      plan.stale = 0
      plan.notBefore = 0
      return
    }
    plan.stale++
    if (plan.stale === 1) return
    const wait = backoff(plan.stale, env.random())
    plan.notBefore = env.monotonic() + wait
    entry.error = new AuthError('timeout', {
      message:
        'Each token was over when it came: the clocks of the page and of its worker disagree.',
      retryAfter: wait,
    })
  }

  #failed(entry: TokenEntry, plan: Plan, error: AuthError): void {
    const { env } = this.#parts
    entry.error = error
    plan.notBefore = env.monotonic() + this.#retryDelay(entry, error)
  }

  #retryDelay(entry: TokenEntry, error: AuthError): number {
    if (error.recoverable) return Math.max(error.retryAfter ?? RETRY_DELAY_MS, MIN_RETRY_DELAY_MS)
    // What does not pass by waiting is asked once more when the token is over, for the vault to say so.
    const left = validityLeft(entry, this.#instant())
    return left > 0 ? left : Infinity
  }

  #plan(entry: TokenEntry): Plan {
    const { token } = entry
    const { generation } = this.#parts.cache
    let plan = this.#plans.get(entry)
    if (!plan) {
      const none = { notBefore: 0, floor: 0, requesting: false, stale: 0, cancelTimer() {} }
      plan = { ...none, token, generation }
      this.#plans.set(entry, plan)
    } else if (plan.token !== token || plan.generation !== generation) {
      plan.notBefore = 0
      plan.token = token
      plan.generation = generation
    }
    return plan
  }

  #instant() {
    const { env } = this.#parts
    return { wall: env.now(), mono: env.monotonic() }
  }
}
