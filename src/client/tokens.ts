import { AuthError } from '../oauth/errors.ts'
import type { TokenResponse } from '../oauth/types.ts'
import { remaining, type Instant } from '../renewal/lifetime.ts'
import { dueIn, leadOf, LONGEST_TIMER } from '../renewal/schedule.ts'
import { keyOf, receive, type HeldToken } from '../vault/issued.ts'
import type { IssuedToken, TokenNeed } from '../vault/types.ts'
import type { PageEnvironment } from './environment.ts'

/** Whose token: the session's own, or one for other resources (RFC 8707) or a narrower scope. */
export interface AccessTokenNeed {
  resource?: string | string[]
  scope?: string
}

/** Whether a renewal is under way, or failed for now and will be tried again. */
export type Renewal = 'idle' | 'running' | 'retrying'

export type AccessTokenState =
  | { readonly status: 'pending' }
  | {
      readonly status: 'ready'
      readonly accessToken: string
      /** ms since 1970, on this device's clock. */
      readonly expiresAt: number
    }
  | { readonly status: 'unavailable'; readonly error: AuthError }

/** One need's token in this page, and who waits for it. */
interface Entry {
  readonly need: TokenNeed
  readonly listeners: Set<() => void>
  watchers: number
  token?: HeldToken | undefined
  state: AccessTokenState
  renewal: Renewal
  error?: AuthError | undefined
  /** Monotonic: no request of our own accord before. */
  notBefore: number
  asking?: boolean
  cancel?: () => void
}

const PENDING: AccessTokenState = { status: 'pending' }

export function needOf({ resource, scope }: AccessTokenNeed): TokenNeed {
  return { ...(resource && { resource: [resource].flat() }), ...(scope && { scope }) }
}

/**
 * The page's copies of access tokens. Reading one is a look at two clocks; the schedule only sees to it
 * that somebody who watches, in a tab that is seen and online, never waits.
 */
export function createTokens(
  page: () => PageEnvironment,
  ask: (need: TokenNeed) => Promise<IssuedToken>,
  leastValidity: number,
) {
  const entries = new Map<string, Entry>()
  /** Why there are no tokens; undefined while somebody is signed in, `null` before that is known. */
  let closed: AuthError | null | undefined = null
  let session = 0

  const now = (): Instant => ({ wall: page().now(), mono: page().monotonic() })
  const left = ({ token }: Entry) => (token ? remaining(token, now()) : 0)

  function entryOf(need: TokenNeed): Entry {
    const key = keyOf(need)
    let entry = entries.get(key)
    if (!entry) {
      entry = { need, listeners: new Set(), watchers: 0, state: PENDING, renewal: 'idle', notBefore: 0 }
      entries.set(key, entry)
      settle(entry)
    }
    return entry
  }

  /** Derives the state from what is known, and tells those who listen if it is another. */
  function settle(entry: Entry): void {
    const { token } = entry
    // A token without any lifetime is the provider's way to say "once": it is shown, never renewed.
    const usable = token && closed === undefined && (!token.lifetime || left(entry) > 0)
    const error = closed ?? (usable ? undefined : entry.error)
    const accessToken = usable ? token.response.access_token : undefined
    const before = entry.state as { accessToken?: string; error?: AuthError }
    if (before.accessToken === accessToken && before.error === error) return
    entry.state = usable
      ? { status: 'ready', accessToken: accessToken!, expiresAt: token.sentAt.wall + token.lifetime }
      : error
        ? { status: 'unavailable', error }
        : PENDING
    tell(entry)
  }

  function tell({ listeners }: Entry): void {
    for (const listener of [...listeners]) listener()
  }

  /** Looks at the clocks: renews what is due, and sets one timer for what comes next. */
  function check(entry: Entry, wake = false): void {
    entry.cancel?.()
    settle(entry)
    const { token, watchers } = entry
    if (closed !== undefined || !watchers) return
    let next = left(entry) > 0 ? left(entry) + 1 : Infinity
    if (page().awake()) {
      const due = !token ? 0 : token.lifetime ? dueIn(token, now(), page().random()) : Infinity
      const renewal = Math.max(due, entry.notBefore - page().monotonic())
      if (renewal <= 0) return renew(entry, wake)
      next = Math.min(next, renewal)
    }
    if (next < Infinity) entry.cancel = page().timer(() => check(entry), Math.min(next, LONGEST_TIMER))
  }

  /** Of our own accord: somebody watches, or just took a token that is about to end. */
  function renew(entry: Entry, wake = false): void {
    if (entry.asking) return
    entry.asking = true
    const asked = session
    // With a valid token at hand a failure can wait; without one the vault waits for us.
    ask({ ...entry.need, early: left(entry) > 0, wake })
      .then(store, (error: AuthError) => {
        // What the session before this one was told says nothing of this one.
        if (asked !== session) return
        entry.error = error
        entry.notBefore = error.recoverable
          ? page().monotonic() + Math.max(error.retryAfter ?? 5000, 250)
          : Infinity
      })
      .finally(() => {
        entry.asking = false
        check(entry)
      })
  }

  function store(issued: IssuedToken): void {
    // A token of another tab's need is nothing to this one.
    const entry = issued.key ? entries.get(issued.key) : entryOf({})
    if (!entry) return
    entry.token = receive(issued, now())
    entry.error = undefined
    entry.notBefore = 0
    check(entry)
  }

  const least = ({ lifetime } = { lifetime: 0 }) => Math.min(leastValidity, lifetime * 0.8)

  return {
    /** The token at hand, if it still holds long enough: no request, no message, nothing to wait for. */
    held(need: TokenNeed, minValidity: number | undefined): string | undefined {
      const entry = entries.get(keyOf(need))
      const token = entry?.token
      if (!token || closed !== undefined) return undefined
      const over = remaining(token, now())
      if (over <= (minValidity ?? least(token))) return undefined
      // Taken within the lead: still good, and the next one should be too.
      if (over <= leadOf(token.lifetime) && entry.notBefore <= page().monotonic()) renew(entry)
      return token.response.access_token
    },
    /** What to ask of the vault where the caller named no `minValidity`. */
    leastFor: (need: TokenNeed): number => least(entries.get(keyOf(need))?.token),
    store,
    /** Somebody asked and was refused: those who read the token as a value learn it too, unless they have one. */
    failed(need: TokenNeed, error: unknown): void {
      const entry = entryOf(need)
      entry.error = error as AuthError
      settle(entry)
    },
    response: (need: TokenNeed): TokenResponse | undefined => entries.get(keyOf(need))?.token?.response,
    state: (need: TokenNeed): AccessTokenState => entryOf(need).state,
    renewal: (need: TokenNeed): Renewal => entryOf(need).renewal,
    renewing(key: string, renewal: Renewal): void {
      const entry = entries.get(key)
      if (!entry || entry.renewal === renewal) return
      entry.renewal = renewal
      tell(entry)
    },
    /** @param watch keep the token renewed while subscribed */
    subscribe(need: TokenNeed, listener: () => void, watch: boolean): () => void {
      const entry = entryOf(need)
      const own = () => listener()
      entry.listeners.add(own)
      if (watch && !entry.watchers++) check(entry)
      return () => {
        if (entry.listeners.delete(own) && watch && !--entry.watchers) entry.cancel?.()
      }
    },
    /** Seen and online again, or no more. */
    wake(again: boolean): void {
      for (const entry of entries.values()) {
        if (again && entry.notBefore < Infinity) entry.notBefore = 0
        check(entry, again)
      }
    },
    /** The session changed: `undefined` somebody is signed in, an error nobody is, `null` not known yet. */
    close(reason: AuthError | null | undefined): void {
      closed = reason
      session++
      for (const entry of entries.values()) {
        if (reason !== undefined) {
          entry.token = undefined
          entry.renewal = 'idle'
        }
        entry.error = undefined
        entry.notBefore = 0
        check(entry)
      }
    },
  }
}
