import type { AuthError } from '../../errors.ts'
import { dueIn, leadOf, MAX_TIMER_MS, MIN_REFRESH_INTERVAL_MS } from '../../renewal/schedule.ts'
import type { PageEnvironment } from '../page/environment.ts'
import type { RequestToken } from './request-token.ts'
import type { TokenCache } from './token-cache.ts'
import { instant, validityLeft, type TokenEntry } from './token-entry.ts'

/** After a failure that may pass, where the vault does not say how long to wait. */
const RETRY_DELAY_MS = 5000
/** The vault's own word for it may be as short as nothing: the page asks no more often than this. */
const MIN_RETRY_DELAY_MS = 250
/** How long readers of the value are shown an error that no watcher will clear: a suspended component, say. */
const ERROR_DISPLAY_TIME_MS = 10_000

export interface ScheduleParts {
  page: Pick<PageEnvironment, 'now' | 'monotonic' | 'random' | 'timer' | 'isVisibleAndOnline'>
  cache: TokenCache
  requestToken: RequestToken
}

/**
 * Sees to it that a watched token, in a tab that is visible and online, is always valid. That a token is valid when
 * it is handed out does not depend on it.
 */
export class RefreshSchedule {
  readonly #parts: ScheduleParts

  constructor(parts: ScheduleParts) {
    this.#parts = parts
  }

  /** Asks for what is due, and sets one timer for what comes next. `resumed`: the page is visible or online again. */
  check(entry: TokenEntry, resumed: boolean): void {
    const { page, cache } = this.#parts
    entry.cancelTimer?.()
    // What does not pass by waiting does not pass by coming back.
    if (resumed && entry.retryAt < Infinity) entry.retryAt = 0
    if (!cache.session || entry.watchers === 0) return
    const left = validityLeft(entry.token, page)
    // When the token ends, its readers must be told.
    let next = left > 0 ? left + 1 : Infinity
    if (page.isVisibleAndOnline() && (resumed || !entry.requesting)) {
      const wait = this.#waitFor(entry)
      if (wait > 0) next = Math.min(next, wait)
      else this.#request(entry, resumed)
    }
    entry.cancelTimer = page.timer(() => cache.publish(entry), Math.min(next, MAX_TIMER_MS))
  }

  /** A token was handed out within the lead: it is still good, and the next one should be too. */
  used(entry: TokenEntry): void {
    const { token } = entry
    if (!token || validityLeft(token, this.#parts.page) > leadOf(token.lifetime)) return
    if (!entry.requesting && this.#waitFor(entry) <= 0) this.#request(entry, false)
  }

  /** A request failed: readers without a token learn why, and the next one waits. */
  failed(entry: TokenEntry, error: AuthError): void {
    const { page, cache } = this.#parts
    // What does not pass by waiting is asked once more when the token is over, for the vault to say so.
    const left = validityLeft(entry.token, page)
    const delay = error.recoverable
      ? Math.max(error.retryAfter ?? RETRY_DELAY_MS, MIN_RETRY_DELAY_MS)
      : left > 0
        ? left
        : Infinity
    cache.setError(entry, error, page.monotonic() + delay)
    page.timer(() => {
      // A watched entry is the schedule's: the next answer clears it.
      if (entry.error === error && entry.watchers === 0) cache.setError(entry, undefined)
    }, ERROR_DISPLAY_TIME_MS)
  }

  /** Milliseconds until a request may go of our own accord. */
  #waitFor({ token, notBefore, retryAt }: TokenEntry): number {
    const { page } = this.#parts
    // A token without any lifetime is the provider's way to say "once": it is never renewed.
    if (token?.lifetime === 0) return Infinity
    const due = token ? dueIn(token, instant(page), page.random()) : 0
    return Math.max(due, Math.max(notBefore, retryAt) - page.monotonic())
  }

  #request(entry: TokenEntry, resumed: boolean): void {
    const { page, cache, requestToken } = this.#parts
    const { session } = cache
    entry.requesting = true
    entry.notBefore = page.monotonic() + MIN_REFRESH_INTERVAL_MS
    // With a valid token at hand a failure can wait; without one the vault waits for us.
    const proactive = validityLeft(entry.token, page) > 0
    requestToken(entry, { proactive, resumed })
      .catch((error: AuthError) => {
        if (session === cache.session) this.failed(entry, error)
      })
      .finally(() => {
        entry.requesting = false
        cache.publish(entry)
      })
  }
}
