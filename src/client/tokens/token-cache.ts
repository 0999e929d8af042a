import type { AuthError } from '../../errors.ts'
import type { TokenResponse } from '../../oauth/types.ts'
import { deserialize } from '../../vault/held-token.ts'
import { normalizeNeed, type NormalNeed } from '../../vault/token-need.ts'
import type { IssuedToken } from '../../vault/vault.ts'
import { checkResource } from '../options/check-options.ts'
import { DEVELOPMENT } from '../page/development.ts'
import type { PageEnvironment } from '../page/environment.ts'
import type { AccessTokenNeed, AccessTokenState, Renewal } from './access-token.ts'
import {
  createTokenEntry,
  instant,
  isUsable,
  stateOf,
  validityLeft,
  type TokenEntry,
} from './token-entry.ts'

/** A caller's `minValidity` is exact; the client's own default asks for no more of a token than this part of it. */
const MAX_DEFAULT_PART = 0.8
/** Needs may be as many as an application can think of: with more than this, those without a reader are dropped. */
const MAX_ENTRIES = 200

/** Whose tokens these are; another session is another object. */
export interface TokenSession {
  /** `sub` */
  readonly subject: string
}

export interface TokenCacheParts {
  page: Pick<PageEnvironment, 'now' | 'monotonic'>
  /** The client's option `renewal.minValidity` (ms). */
  minValidity: number
  /** An entry may be due. `resumed`: the page is visible or online again. */
  onChange(entry: TokenEntry, resumed: boolean): void
  /** A token was handed out. */
  onUsed(entry: TokenEntry): void
}

/** The page's copies of access tokens: of one user, while that user is signed in. Reading one is a look at two clocks. */
export class TokenCache {
  readonly #parts: TokenCacheParts
  readonly #entries = new Map<string, TokenEntry>()
  #session: TokenSession | undefined
  #closed: AuthError | undefined

  constructor(parts: TokenCacheParts) {
    this.#parts = parts
  }

  /** The session of the user who is signed in. */
  get session(): TokenSession | undefined {
    return this.#session
  }

  /** Why there is no session; undefined while it is not known. */
  get closed(): AuthError | undefined {
    return this.#closed
  }

  /** Whether any token is read as a value. */
  get isRead(): boolean {
    return [...this.#entries.values()].some(({ listeners }) => listeners.size > 0)
  }

  /** A user is signed in. What was held for another user is dropped first. */
  open(subject: string, token: IssuedToken | undefined): void {
    this.#reset(this.#session?.subject === subject ? this.#session : { subject })
    if (token) this.store(token)
    this.publishAll()
  }

  /** No user is signed in, for this reason; without one it is not known yet who is. */
  close(reason?: AuthError): void {
    this.#reset(undefined, reason)
    this.publishAll()
  }

  /** It is not known any more who is signed in. */
  suspend(): void {
    if (this.#session) this.close()
  }

  /** @throws TypeError for a need that is not understood */
  entry(given: AccessTokenNeed): TokenEntry {
    const need = normalizeNeed(given)
    let entry = this.#entries.get(need.key)
    if (!entry) {
      // Told here while developing: the vault would refuse it later.
      if (DEVELOPMENT) checkResource('access token', given)
      this.forgetIdle()
      entry = createTokenEntry(need)
      this.#entries.set(need.key, entry)
    }
    return entry
  }

  /** The token at hand, if it is valid long enough: no request, no message, nothing to wait for. */
  held({ key }: NormalNeed, minValidity?: number): string | undefined {
    const entry = this.#entries.get(key)
    if (!entry?.token || !this.#session) return undefined
    const enough = minValidity ?? this.defaultMinValidity(entry)
    // Written so that NaN and less than nothing are the vault's to refuse.
    if (!(enough >= 0 && validityLeft(entry.token, this.#parts.page) > enough)) return undefined
    this.#parts.onUsed(entry)
    return entry.token.response.access_token
  }

  /** What a token should be valid for where the caller does not say (ms). */
  defaultMinValidity({ token }: TokenEntry): number {
    return Math.min(this.#parts.minValidity, (token?.lifetime ?? 0) * MAX_DEFAULT_PART)
  }

  /** Takes a token from the vault, as an answer or as an event: the same one twice is stored once. */
  store(issued: IssuedToken): void {
    // A token that is another user's, or comes while no session is open, belongs to a session that is over.
    if (issued.subject !== this.#session?.subject) return
    // The session's own is always kept; a token of another tab's need is nothing to this one.
    const entry = issued.key === '' ? this.entry({}) : this.#entries.get(issued.key)
    if (!entry) return
    if (!isSameToken(entry, issued)) {
      entry.token = deserialize(issued, instant(this.#parts.page))
      // Components are given it as it is.
      Object.freeze(issued.response)
    }
    this.setError(entry, undefined)
  }

  /** What readers of the value learn where there is no token, and when the schedule may ask again (monotonic). */
  setError(entry: TokenEntry, error: AuthError | undefined, retryAt = 0): void {
    entry.error = error
    entry.retryAt = retryAt
    this.publish(entry)
  }

  /** Looks at the two needs that were not looked at for longest: one that is of no use any more is forgotten. */
  forgetIdle(): void {
    const { page } = this.#parts
    let looks = 2
    for (const [key, entry] of this.#entries) {
      if (looks-- === 0) return
      const { token, listeners } = entry
      const isOver = token && validityLeft(token, page) <= 0
      const isIdle = listeners.size === 0 && (isOver || this.#entries.size > MAX_ENTRIES)
      // The map's order is that of the last look.
      this.#entries.delete(key)
      if (key === '' || !isIdle) this.#entries.set(key, entry)
    }
  }

  /** Tells readers what changed, and the schedule that it may have. */
  publish(entry: TokenEntry, resumed = false): void {
    const state = this.#update(entry)
    if (state !== entry.notifiedState) {
      entry.notifiedState = state
      entry.listeners.emit()
    }
    this.#parts.onChange(entry, resumed)
  }

  publishAll(resumed = false): void {
    for (const entry of [...this.#entries.values()]) this.publish(entry, resumed)
  }

  setRenewal(key: string, renewal: Renewal): void {
    const entry = this.#entries.get(key)
    // A renewal reported while no user is signed in belongs to a session that is over.
    if (!this.#session || !entry || entry.renewal === renewal) return
    entry.renewal = renewal
    entry.listeners.emit()
  }

  response(need: AccessTokenNeed = {}): TokenResponse | undefined {
    return this.#entries.get(normalizeNeed(need).key)?.token?.response
  }

  state(need: AccessTokenNeed = {}): AccessTokenState {
    return this.#update(this.entry(need))
  }

  renewal(need: AccessTokenNeed = {}): Renewal {
    return this.entry(need).renewal
  }

  /** @param watch keep the token valid while subscribed */
  subscribe(need: AccessTokenNeed, listener: () => void, watch: boolean): () => void {
    const entry = this.entry(need)
    const unsubscribe = entry.listeners.on(listener)
    if (watch && entry.watchers++ === 0) this.publish(entry)
    return () => {
      if (unsubscribe() && watch && --entry.watchers === 0) this.#parts.onChange(entry, false)
    }
  }

  #update(entry: TokenEntry): AccessTokenState {
    const { token, error } = entry
    const usable = token && isUsable(token, this.#parts.page) ? token : error
    const source = this.#session ? usable : this.#closed
    if (source !== entry.source) {
      entry.source = source
      entry.state = stateOf(source)
    }
    return entry.state
  }

  /** Errors of before count no more; tokens of another session are dropped. */
  #reset(session: TokenSession | undefined, closed?: AuthError): void {
    const isSame = session === this.#session
    this.#session = session
    this.#closed = closed
    for (const entry of this.#entries.values()) {
      entry.error = undefined
      entry.retryAt = 0
      if (isSame) continue
      entry.token = undefined
      entry.renewal = 'idle'
    }
  }
}

function isSameToken({ token }: TokenEntry, issued: IssuedToken): boolean {
  return (
    token?.sentAt.wall === issued.sentAt &&
    token.response.access_token === issued.response.access_token
  )
}
