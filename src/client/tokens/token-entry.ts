import { AuthError } from '../../errors.ts'
import { remaining } from '../../renewal/lifetime.ts'
import { dueIn, leadOf, MAX_TIMER_MS, MIN_REFRESH_INTERVAL_MS } from '../../renewal/schedule.ts'
import type { NormalNeed } from '../../renewal/token-need.ts'
import { Emitter } from '../../vault/emitter.ts'
import { instant } from '../../vault/environment.ts'
import { deserialize, type HeldToken } from '../../vault/held-token.ts'
import type { IssuedToken } from '../../vault/vault.ts'
import { PENDING, type AccessTokenState, type Renewal } from './access-token.ts'
import type { TokenEntryParts, TokenRequestOptions } from './token-entry-parts.ts'

/** A caller's `minValidity` is exact; the client's own default asks for no more of a token than this part of it. */
const MAX_DEFAULT_PART = 0.8
/** How long readers of the value are shown an error that no watcher will clear: a suspended component, say. */
const ERROR_DISPLAY_TIME_MS = 10_000
/** A token that is shown is looked at again so often, by the wall clock too. */
const CLOCK_CHECK_INTERVAL_MS = 5000
/** After a failure that may pass, where the vault does not say how long to wait. */
const RETRY_DELAY_MS = 5000
/** The vault's own word for it may be as short as nothing: the page asks no more often than this. */
const MIN_RETRY_DELAY_MS = 250

/**
 * One need's token in this page. While it is watched, in a tab that is visible and online, it is kept valid; that a
 * token is valid when it is handed out does not depend on it.
 */
export class TokenEntry {
  readonly #parts: TokenEntryParts
  readonly #need: NormalNeed
  readonly #listeners = new Emitter<void>()
  /** Components and others that want the token kept valid. */
  #watchers = 0
  /** The last one, also when it is over. */
  token: HeldToken | undefined
  /** Of which sign-in of this page the token is. */
  #signIn = 0
  #renewal: Renewal = 'idle'
  /** What readers see while the token is valid, and while it is not. */
  #ready = PENDING
  #failure = PENDING
  /** What listeners were told of last. */
  #told = PENDING
  #cancelTimer = () => {}
  /** One request of our own accord at a time. */
  #isRequesting = false
  /** Monotonic: no other request before, whatever was answered; and none before `#retryAt` after a failure. */
  #notBefore = 0
  #retryAt = 0
  /** Of which coming back of the page the vault was told: a pause of before counts no more. */
  #resumesTold: number

  constructor(parts: TokenEntryParts, need: NormalNeed) {
    this.#parts = parts
    this.#need = need
    this.#resumesTold = parts.resumes
  }

  /** The value as readers see it: the same object until it changes. */
  get state(): AccessTokenState {
    const state = this.#state()
    // A reader finds it over before any timer did: the next is asked for at once, after this render.
    if (state !== this.#told) queueMicrotask(() => this.publish())
    return state
  }

  get renewal(): Renewal {
    return this.#renewal
  }

  get isRead(): boolean {
    return this.#listeners.size > 0
  }

  get isOver(): boolean {
    return this.token !== undefined && this.#validityLeft() <= 0
  }

  /** What a token should be valid for where the caller does not say (ms). */
  get defaultMinValidity(): number {
    return Math.min(this.#parts.minValidity, (this.token?.lifetime ?? 0) * MAX_DEFAULT_PART)
  }

  /** The token at hand, if it is valid long enough: no request, no message, nothing to wait for. */
  held(minValidity = this.defaultMinValidity): string | undefined {
    const token = this.token
    const left = this.#validityLeft()
    // Written so that NaN and less than nothing are the vault's to refuse.
    if (!token || this.#isOutdated || !(minValidity >= 0 && left > minValidity)) return undefined
    // Within the lead it is still good, and the next one should be too.
    if (left <= leadOf(token.lifetime)) this.#requestIfDue()
    return token.response.access_token
  }

  /** A token from the vault, as an answer or as an event: the same one twice is stored once. */
  store(issued: IssuedToken): void {
    const { response, sentAt, lifetime } = issued
    const { access_token: accessToken } = response
    const token = this.token
    if (token?.sentAt.wall !== sentAt || token.response.access_token !== accessToken) {
      this.token = deserialize(issued, instant(this.#parts.page))
      // Components are given it as it is.
      Object.freeze(response)
      this.#ready = { status: 'ready', accessToken, expiresAt: sentAt + lifetime }
    }
    this.#signIn = this.#parts.signIns
    this.forgetError()
    this.publish()
  }

  /** A failure of before counts no more. */
  forgetError(): void {
    this.#failure = PENDING
    this.#retryAt = 0
  }

  /** The token is another session's. */
  drop(): void {
    this.token = undefined
    this.#renewal = 'idle'
  }

  /** A caller's request failed: readers learn of it, unless it says nothing about this user's token. */
  callFailed(error: unknown): void {
    if (error instanceof AuthError && error.code !== 'user_mismatch') this.failed(error)
  }

  /** A request failed: readers without a token learn why, and the next one waits. */
  failed(error: AuthError): void {
    const { page } = this.#parts
    const { recoverable, retryAfter = RETRY_DELAY_MS } = error
    const failure: AccessTokenState = { status: 'unavailable', error }
    this.#failure = failure
    // What does not pass by waiting is asked once more when the token is over, for the vault to say so.
    const wait = recoverable
      ? Math.max(retryAfter, MIN_RETRY_DELAY_MS)
      : this.#validityLeft() || Infinity
    this.#retryAt = page.monotonic() + wait
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

  /** Tells readers what changed, asks for what is due, and sets one timer for what comes next. */
  publish(): void {
    const { page, session } = this.#parts
    const state = this.#state()
    if (state !== this.#told) {
      this.#told = state
      this.#listeners.emit()
    }
    this.#cancelTimer()
    // What does not pass by waiting does not pass by coming back.
    if (this.#isResumed && this.#retryAt < Infinity) this.#retryAt = 0
    if (!session || this.#watchers === 0) return
    const left = this.#validityLeft()
    // Where the browser says offline, what is at hand is kept; without a token the network is asked all the same.
    const isActive = page.isVisible() && (page.isOnline() || !left)
    const wait = isActive ? this.#requestIfDue() : Infinity
    // When the token ends, its readers must be told. Timers stand still while the device sleeps: in sight, the clock is
    // looked at every few seconds.
    const end = left ? left + 1 : Infinity
    const next = Math.min(wait, end, page.isVisible() ? CLOCK_CHECK_INTERVAL_MS : MAX_TIMER_MS)
    this.#cancelTimer = page.timer(() => this.publish(), next)
  }

  /** Asks the vault. @throws AuthError */
  async request(options: TokenRequestOptions): Promise<string> {
    const { page } = this.#parts
    const { minValidity = 0, forceRefresh = false } = options
    // The answer may have lain in a frozen page's queue, or the vault finds good what this page finds over.
    for (const force of [forceRefresh, !forceRefresh]) {
      const resumed = this.#isResumed
      this.#resumesTold = this.#parts.resumes
      const need = { ...this.#need, ...options, resumed, forceRefresh: force }
      const issued = await this.#parts.request(need)
      const left = remaining(deserialize(issued, instant(page)), instant(page))
      // `expires_in: 0` is good for this once.
      if (issued.lifetime === 0 || left > minValidity) return issued.response.access_token
    }
    throw new AuthError('timeout', { message: 'The token was over when it came. Try again.' })
  }

  /** @returns milliseconds until a request may go of our own accord */
  #requestIfDue(): number {
    const { page, session } = this.#parts
    const token = this.token
    if (token?.lifetime === 0 || (this.#isRequesting && !this.#isResumed)) return Infinity
    const due = token && !this.#isOutdated ? dueIn(token, instant(page), page.random()) : 0
    const wait = Math.max(due, Math.max(this.#notBefore, this.#retryAt) - page.monotonic())
    if (wait > 0) return wait
    this.#isRequesting = true
    this.#notBefore = page.monotonic() + MIN_REFRESH_INTERVAL_MS
    // With a valid token at hand a failure can wait; without one the vault waits for us.
    this.request({ proactive: this.#validityLeft() > 0 })
      .catch((error: AuthError) => {
        if (session === this.#parts.session) this.failed(error)
      })
      .finally(() => {
        this.#isRequesting = false
        this.publish()
      })
    return Infinity
  }

  /** A sign-in since may have given the user more (RFC 9470 §6): readers keep the token until the next, calls wait. */
  get #isOutdated(): boolean {
    return this.#signIn !== this.#parts.signIns
  }

  get #isResumed(): boolean {
    return this.#resumesTold !== this.#parts.resumes
  }

  #state(): AccessTokenState {
    if (!this.#parts.session) return this.#parts.closed
    // A token without any lifetime is the provider's way to say "once": it is shown, and never renewed.
    const isUsable = this.token?.lifetime === 0 || this.#validityLeft() > 0
    return isUsable ? this.#ready : this.#failure
  }

  /** Milliseconds of the token at hand; 0 where it is over, or there is none. */
  #validityLeft(): number {
    const token = this.token
    return token ? Math.max(0, remaining(token, instant(this.#parts.page))) : 0
  }
}
