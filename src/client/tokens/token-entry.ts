import { AuthError } from '../../errors.ts'
import type { TokenResponse } from '../../oauth/types.ts'
import { remaining, type Instant } from '../../renewal/lifetime.ts'
import { dueIn, leadOf, MAX_TIMER_MS } from '../../renewal/schedule.ts'
import { Emitter } from '../../vault/emitter.ts'
import { deserialize, type HeldToken } from '../../vault/held-token.ts'
import type { NormalNeed } from '../../renewal/token-need.ts'
import type { IssuedToken } from '../../vault/vault.ts'
import { PENDING, type AccessTokenState, type Renewal } from './access-token.ts'
import { RequestPace } from './request-pace.ts'
import type { TokenEntryParts, TokenRequestOptions } from './token-entry-parts.ts'

/** A caller's `minValidity` is exact; the client's own default asks for no more of a token than this part of it. */
const MAX_DEFAULT_PART = 0.8
/** How long readers of the value are shown an error that no watcher will clear: a suspended component, say. */
const ERROR_DISPLAY_TIME_MS = 10_000

/** A token that is shown is looked at again so often, by the wall clock too. */
const CLOCK_CHECK_INTERVAL_MS = 5000

/**
 * One need's token in this page. While it is watched, in a tab that is visible and online, it is kept valid; that a
 * token is valid when it is handed out does not depend on it.
 */
export class TokenEntry {
  readonly #parts: TokenEntryParts
  readonly #need: NormalNeed
  readonly #listeners = new Emitter<void>()
  readonly #pace: RequestPace
  /** Components and others that want the token kept valid. */
  #watchers = 0
  #token: HeldToken | undefined
  #renewal: Renewal = 'idle'
  /** What readers see while the token is valid, and while it is not. */
  #ready = PENDING
  #failure = PENDING
  /** What listeners were told of last. */
  #told = PENDING
  #cancelTimer = () => {}

  constructor(parts: TokenEntryParts, need: NormalNeed) {
    this.#parts = parts
    this.#need = need
    this.#pace = new RequestPace(parts.page)
  }

  /** The value as readers see it: the same object until it changes. */
  get state(): AccessTokenState {
    const state = this.#state()
    // A reader finds it over before any timer did: the next is asked for at once, after this render.
    const isFoundOver = this.#watchers > 0 && this.#told.status === 'ready' && state !== this.#told
    if (isFoundOver) queueMicrotask(() => this.publish())
    return state
  }

  get response(): TokenResponse | undefined {
    return this.#token?.response
  }

  get renewal(): Renewal {
    return this.#renewal
  }

  get isRead(): boolean {
    return this.#listeners.size > 0
  }

  get isOver(): boolean {
    return this.#token !== undefined && this.#validityLeft() <= 0
  }

  /** What a token should be valid for where the caller does not say (ms). */
  get defaultMinValidity(): number {
    return Math.min(this.#parts.minValidity, (this.#token?.lifetime ?? 0) * MAX_DEFAULT_PART)
  }

  /** The token at hand, if it is valid long enough: no request, no message, nothing to wait for. */
  held(minValidity = this.defaultMinValidity): string | undefined {
    const token = this.#token
    if (!token) return undefined
    const left = remaining(token, this.#instant())
    // Written so that NaN and less than nothing are the vault's to refuse.
    if (!(minValidity >= 0 && left > minValidity)) return undefined
    // Within the lead it is still good, and the next one should be too.
    if (left <= leadOf(token.lifetime)) this.#requestIfDue()
    return token.response.access_token
  }

  /** A token from the vault, as an answer or as an event: the same one twice is stored once. */
  store(issued: IssuedToken): void {
    const { response, sentAt } = issued
    const isSame = this.#token?.sentAt.wall === sentAt
    if (!isSame || this.response?.access_token !== response.access_token) {
      this.#token = deserialize(issued, this.#instant())
      // Components are given it as it is.
      Object.freeze(response)
      const { access_token: accessToken } = response
      this.#ready = { status: 'ready', accessToken, expiresAt: sentAt + issued.lifetime }
    }
    this.forgetError()
    this.publish()
  }

  /** A failure of before counts no more. */
  forgetError(): void {
    this.#failure = PENDING
    this.#pace.forgetFailure()
  }

  /** The token is another session's. */
  drop(): void {
    this.#token = undefined
    this.#renewal = 'idle'
  }

  /** A request failed: readers without a token learn why, and the next one waits. */
  failed(error: AuthError): void {
    const { page } = this.#parts
    const failure: AccessTokenState = { status: 'unavailable', error }
    this.#failure = failure
    this.#pace.failed(error, this.#validityLeft())
    this.publish()
    page.timer(() => {
      // Of what is watched the next answer clears it.
      if (this.#failure !== failure || this.#watchers > 0) return
      this.forgetError()
      this.publish()
    }, ERROR_DISPLAY_TIME_MS)
  }

  setRenewal(renewal: Renewal): void {
    if (this.#renewal === renewal) return
    this.#renewal = renewal
    this.#listeners.emit()
  }

  /** @param watch keep the token valid while subscribed */
  subscribe(listener: () => void, watch: boolean): () => void {
    const unsubscribe = this.#listeners.on(listener)
    if (watch && this.#watchers++ === 0) this.publish()
    return () => {
      if (unsubscribe() && watch && --this.#watchers === 0) this.#cancelTimer()
    }
  }

  /**
   * Tells readers what changed, asks for what is due, and sets one timer for what comes next.
   * @param resumed the page is visible or online again
   */
  publish(resumed = false): void {
    const { page, session } = this.#parts
    const state = this.#state()
    if (state !== this.#told) {
      this.#told = state
      this.#listeners.emit()
    }
    this.#cancelTimer()
    if (resumed) this.#pace.resume()
    if (!session || this.#watchers === 0) return
    const left = this.#validityLeft()
    // Where the browser says offline, what is at hand is kept; without a token the network is asked all the same.
    const isActive = page.isVisible() && (page.isOnline() || left <= 0)
    const wait = isActive ? this.#requestIfDue(resumed) : Infinity
    // When the token ends, its readers must be told. Timers stand still while the device sleeps: in sight, the clock is
    // looked at every few seconds.
    const end = left > 0 ? left + 1 : Infinity
    const next = Math.min(wait, end, page.isVisible() ? CLOCK_CHECK_INTERVAL_MS : MAX_TIMER_MS)
    this.#cancelTimer = page.timer(() => this.publish(), next)
  }

  /** Asks the vault. @throws AuthError */
  async request(options: TokenRequestOptions): Promise<string> {
    const { minValidity = 0, forceRefresh = false } = options
    // The answer may have lain in a frozen page's queue, or the vault finds good what this page finds over.
    for (const force of [forceRefresh, !forceRefresh]) {
      const issued = await this.#parts.request({ ...this.#need, ...options, forceRefresh: force })
      const left = remaining(deserialize(issued, this.#instant()), this.#instant())
      // `expires_in: 0` is good for this once.
      if (issued.lifetime === 0 || left > minValidity) return issued.response.access_token
    }
    throw new AuthError('timeout', { message: 'The token was over when it came. Try again.' })
  }

  /** @returns milliseconds until a request may go of our own accord */
  #requestIfDue(resumed = false): number {
    const { page } = this.#parts
    const token = this.#token
    if (token?.lifetime === 0 || (this.#pace.isRequesting && !resumed)) return Infinity
    const due = token ? dueIn(token, this.#instant(), page.random()) : 0
    const wait = Math.max(due, this.#pace.wait)
    if (wait > 0) return wait
    this.#requestNow(resumed)
    return Infinity
  }

  #requestNow(resumed: boolean): void {
    const { session } = this.#parts
    this.#pace.begin()
    // With a valid token at hand a failure can wait; without one the vault waits for us.
    this.request({ proactive: this.#validityLeft() > 0, resumed })
      .catch((error: AuthError) => {
        if (session === this.#parts.session) this.failed(error)
      })
      .finally(() => {
        this.#pace.end()
        this.publish()
      })
  }

  #state(): AccessTokenState {
    if (!this.#parts.session) return this.#parts.closed
    // A token without any lifetime is the provider's way to say "once": it is shown, and never renewed.
    const isUsable = this.#token?.lifetime === 0 || this.#validityLeft() > 0
    return isUsable ? this.#ready : this.#failure
  }

  #validityLeft(): number {
    return this.#token ? remaining(this.#token, this.#instant()) : 0
  }

  #instant(): Instant {
    const { page } = this.#parts
    return { wall: page.now(), mono: page.monotonic() }
  }
}
