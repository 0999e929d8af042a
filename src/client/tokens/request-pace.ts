import type { AuthError } from '../../errors.ts'
import { MIN_REFRESH_INTERVAL_MS } from '../../renewal/schedule.ts'
import type { PageEnvironment } from '../page/environment.ts'

/** After a failure that may pass, where the vault does not say how long to wait. */
const RETRY_DELAY_MS = 5000
/** The vault's own word for it may be as short as nothing: the page asks no more often than this. */
const MIN_RETRY_DELAY_MS = 250

/** How often the page asks for one need's token of its own accord: one request at a time, and a wait between two. */
export class RequestPace {
  readonly #page: Pick<PageEnvironment, 'monotonic'>
  #isRequesting = false
  /** Monotonic: no other request before, whatever was answered; and none before `#retryAt` after a failure. */
  #notBefore = 0
  #retryAt = 0

  constructor(page: Pick<PageEnvironment, 'monotonic'>) {
    this.#page = page
  }

  get isRequesting(): boolean {
    return this.#isRequesting
  }

  /** Milliseconds until the next request may go. */
  get wait(): number {
    return Math.max(this.#notBefore, this.#retryAt) - this.#page.monotonic()
  }

  begin(): void {
    this.#isRequesting = true
    this.#notBefore = this.#page.monotonic() + MIN_REFRESH_INTERVAL_MS
  }

  end(): void {
    this.#isRequesting = false
  }

  /** @param validityLeft milliseconds of the token at hand */
  failed({ recoverable, retryAfter = RETRY_DELAY_MS }: AuthError, validityLeft: number): void {
    // What does not pass by waiting is asked once more when the token is over, for the vault to say so.
    const untilOver = validityLeft > 0 ? validityLeft : Infinity
    this.#retryAt =
      this.#page.monotonic() + (recoverable ? Math.max(retryAfter, MIN_RETRY_DELAY_MS) : untilOver)
  }

  /** A failure of before counts no more. */
  forgetFailure(): void {
    this.#retryAt = 0
  }

  /** The page is visible or online again. What does not pass by waiting does not pass by coming back. */
  resume(): void {
    if (this.#retryAt < Infinity) this.#retryAt = 0
  }
}
