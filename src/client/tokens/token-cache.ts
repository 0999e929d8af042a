import type { AuthError } from '../../errors.ts'
import type { TokenResponse } from '../../oauth/types.ts'
import type { Instant } from '../../renewal/lifetime.ts'
import { deserialize } from '../../vault/held-token.ts'
import { normalizeNeed, type NormalNeed } from '../../vault/token-need.ts'
import type { IssuedToken } from '../../vault/vault.ts'
import type { AccessTokenNeed, AccessTokenState, Renewal } from './access-token.ts'
import { createTokenEntry, updateState, validityLeft, type TokenEntry } from './token-entry.ts'

/** A caller's `minValidity` is exact; the client's own default asks for no more of a token than this part of it. */
const MAX_DEFAULT_PART = 0.8
/** Needs may be as many as an application can think of: with more than this, the oldest without a reader is dropped. */
const MAX_ENTRIES = 200
/** Needs whose token is over and has no reader are looked for no more often than this. */
const SWEEP_INTERVAL_MS = 60_000

export interface TokenCacheParts {
  instant(): Instant
  /** The client's option `renewal.minValidity` (ms). */
  minValidity: number
  /** While developing: refuses what the vault would refuse later. @throws TypeError */
  checkNeed(need: AccessTokenNeed): void
  /** An entry may be due. `resumed`: the page is visible or online again. */
  onChange(entry: TokenEntry, resumed: boolean): void
  /** A token was handed out that is valid for so long (ms). */
  onUsed(entry: TokenEntry, left: number): void
}

/** The page's copies of access tokens: of one user, while that user is signed in. Reading one is a look at two clocks. */
export class TokenCache {
  readonly #parts: TokenCacheParts
  readonly #entries = new Map<string, TokenEntry>()
  #closed: AuthError | null | undefined = null
  #session = 0
  #generation = 0
  #sweptAt = 0
  #subject: string | undefined

  constructor(parts: TokenCacheParts) {
    this.#parts = parts
  }

  /** `sub` of the user whose tokens these are. */
  get subject(): string | undefined {
    return this.#subject
  }

  /** Another number for another session; undefined while no user is signed in. */
  get session(): number | undefined {
    return this.#closed === undefined ? this.#session : undefined
  }

  /** Grows whenever the vault says who is signed in, also the same user. */
  get generation(): number {
    return this.#generation
  }

  /** Why there are no tokens; `null`: not known yet; undefined: a user is signed in. */
  get closed(): AuthError | null | undefined {
    return this.#closed
  }

  /** Whether any token is read as a value. */
  get isRead(): boolean {
    return [...this.#entries.values()].some(({ listeners }) => listeners.size > 0)
  }

  /** A user is signed in. What was held for another user is dropped first. */
  open(subject: string, token: IssuedToken | undefined): void {
    const another = this.#closed !== undefined || subject !== this.#subject
    if (another) this.#session++
    this.#closed = undefined
    this.#subject = subject
    this.#generation++
    this.#reset(another)
    if (token) this.store(token)
    this.publishAll()
  }

  /** No user is signed in, for this reason; `null`: it is not known yet who is. */
  close(reason: AuthError | null): void {
    this.#closed = reason
    this.#subject = undefined
    this.#session++
    this.#generation++
    this.#reset(true)
    this.publishAll()
  }

  entry(given: AccessTokenNeed): TokenEntry {
    const need = normalizeNeed(given)
    let entry = this.#entries.get(need.key)
    if (!entry) {
      this.#parts.checkNeed(given)
      if (this.#entries.size >= MAX_ENTRIES) this.#dropOldest()
      entry = createTokenEntry(need)
      this.#entries.set(need.key, entry)
    }
    return entry
  }

  /** The token at hand, if it is valid long enough: no request, no message, nothing to wait for. */
  held({ key }: NormalNeed, minValidity?: number): string | undefined {
    const entry = this.#entries.get(key)
    if (!entry?.token || this.#closed !== undefined) return undefined
    const left = validityLeft(entry, this.#parts.instant())
    const enough = minValidity ?? this.defaultMinValidity(entry)
    // Written so that NaN and less than nothing are the vault's to refuse.
    if (!(enough >= 0 && left > enough)) return undefined
    this.#parts.onUsed(entry, left)
    return entry.token.response.access_token
  }

  /** What a token should be valid for where the caller does not say (ms). */
  defaultMinValidity({ token }: TokenEntry): number {
    return Math.min(this.#parts.minValidity, (token?.lifetime ?? 0) * MAX_DEFAULT_PART)
  }

  /** Takes a token from the vault, as an answer or as an event: the same one twice is stored once. */
  store(issued: IssuedToken): void {
    // A token that is another user's, or comes while no session is open, belongs to a session that is over.
    if (this.#closed !== undefined || issued.subject !== this.#subject) return
    // The session's own is always kept; a token of another tab's need is nothing to this one.
    const entry = issued.key === '' ? this.entry({}) : this.#entries.get(issued.key)
    if (!entry) return
    if (!isSameToken(entry, issued)) {
      entry.token = deserialize(issued, this.#parts.instant())
      // Components are given it as it is.
      Object.freeze(issued.response)
    }
    this.setError(entry, undefined)
  }

  /** What readers of the value learn where there is no token. */
  setError(entry: TokenEntry, error: AuthError | undefined): void {
    entry.error = error
    this.publish(entry)
  }

  /** Forgets needs whose token is over and has no reader. Called with what costs a request anyway. */
  sweep(): void {
    const now = this.#parts.instant()
    if (now.mono - this.#sweptAt < SWEEP_INTERVAL_MS) return
    this.#sweptAt = now.mono
    for (const [key, entry] of this.#entries) {
      const idle = entry.listeners.size === 0 && entry.token && validityLeft(entry, now) <= 0
      if (key !== '' && idle) this.#entries.delete(key)
    }
  }

  /** Tells readers what changed, and the schedule that it may have. */
  publish(entry: TokenEntry, resumed = false): void {
    if (this.#update(entry) !== entry.notifiedState) {
      entry.notifiedState = entry.state
      entry.listeners.emit()
    }
    this.#parts.onChange(entry, resumed)
  }

  publishAll(resumed = false): void {
    for (const entry of this.#entries.values()) this.publish(entry, resumed)
  }

  setRenewal(key: string, renewal: Renewal): void {
    const entry = this.#entries.get(key)
    // A renewal reported while no user is signed in belongs to a session that is over.
    if (this.#closed !== undefined || !entry || entry.renewal === renewal) return
    entry.renewal = renewal
    entry.listeners.emit()
  }

  response(need: AccessTokenNeed = {}): TokenResponse | undefined {
    const entry = this.#entries.get(normalizeNeed(need).key)
    return this.#closed === undefined ? entry?.token?.response : undefined
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
    return updateState(entry, this.#closed, this.#parts.instant())
  }

  #reset(dropTokens: boolean): void {
    for (const entry of this.#entries.values()) {
      entry.error = undefined
      if (!dropTokens) continue
      entry.token = undefined
      entry.renewal = 'idle'
    }
  }

  /** The vault has what is dropped here. */
  #dropOldest(): void {
    for (const [key, entry] of this.#entries) {
      if (key !== '' && entry.listeners.size === 0) return void this.#entries.delete(key)
    }
  }
}

function isSameToken({ token }: TokenEntry, issued: IssuedToken): boolean {
  return (
    token?.sentAt.wall === issued.sentAt &&
    token.response.access_token === issued.response.access_token
  )
}
