import { AuthError } from '../oauth/errors.ts'
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
  cancel(): void
}

const PENDING: AccessTokenState = { status: 'pending' }

export function needOf({ resource, scope }: AccessTokenNeed): TokenNeed {
  return {
    ...(resource !== undefined && { resource: [resource].flat() }),
    ...(scope !== undefined && { scope }),
  }
}

/**
 * The page's copies of access tokens. Reading one is a look at two clocks; the schedule only sees to it
 * that somebody who watches, in a tab that is seen and online, never waits.
 */
export function createTokens(
  env: PageEnvironment,
  ask: (need: TokenNeed) => Promise<IssuedToken>,
  leastValidity: number,
) {
  const entries = new Map<string, Entry>()
  /** Why there are no tokens; undefined while somebody is signed in, `null` before that is known. */
  let closed: AuthError | null | undefined = null
  let session = 0

  const now = (): Instant => ({ wall: env.now(), mono: env.monotonic() })
  const left = ({ token }: Entry) => (token ? remaining(token, now()) : 0)
  const usable = (entry: Entry) => left(entry) > 0 || entry.token?.lifetime === 0

  function entryOf(need: TokenNeed): Entry {
    const key = keyOf(need)
    let entry = entries.get(key)
    if (!entry) {
      entry = {
        need,
        listeners: new Set(),
        watchers: 0,
        state: PENDING,
        renewal: 'idle',
        notBefore: 0,
        cancel() {},
      }
      entries.set(key, entry)
      settle(entry)
    }
    return entry
  }

  /** Derives the state from what is known, and tells those who listen if it is another. */
  function settle(entry: Entry): void {
    const { token, state } = entry
    let next: AccessTokenState = PENDING
    if (closed) next = { status: 'unavailable', error: closed }
    else if (closed === undefined && token && usable(entry)) {
      next = {
        status: 'ready',
        accessToken: token.response.access_token,
        expiresAt: token.sentAt.wall + token.lifetime,
      }
    } else if (entry.error) next = { status: 'unavailable', error: entry.error }
    const same =
      next.status === state.status &&
      (next.status !== 'ready' || next.accessToken === (state as typeof next).accessToken) &&
      (next.status !== 'unavailable' || next.error === (state as typeof next).error)
    if (same) return
    entry.state = next
    tell(entry)
  }

  function tell(entry: Entry): void {
    for (const listener of [...entry.listeners]) listener()
  }

  /** Looks at the clocks: renews what is due, and sets one timer for what comes next. */
  function check(entry: Entry, wake?: boolean): void {
    entry.cancel()
    settle(entry)
    if (closed !== undefined || !entry.watchers) return
    const { token } = entry
    const seen = env.visible() && env.online()
    const rest = entry.notBefore - env.monotonic()
    // A token without a lifetime cannot be kept warm.
    const due = token ? (token.lifetime ? dueIn(token, now(), env.random()) : Infinity) : 0
    if (seen && due <= 0 && rest <= 0) {
      renew(entry, wake)
      return
    }
    const next = Math.min(seen ? Math.max(due, rest) : Infinity, left(entry) > 0 ? left(entry) + 1 : Infinity)
    if (next < Infinity) entry.cancel = env.timer(() => check(entry), Math.min(next, LONGEST_TIMER))
  }

  /** Of our own accord: somebody watches, or just took a token that is about to end. */
  function renew(entry: Entry, wake = false): void {
    if (entry.asking) return
    entry.asking = true
    // With a valid token at hand a failure can wait; without one the vault waits for us.
    const early = left(entry) > 0
    const asked = session
    ask({ ...entry.need, ...(early && { early }), ...(wake && { wake }) })
      .then(store, (error: unknown) => {
        // What the session before this one was told says nothing of this one.
        if (asked !== session) return
        const failure = error instanceof AuthError ? error : undefined
        entry.notBefore = failure?.recoverable
          ? env.monotonic() + Math.max(failure.retryAfter ?? 5000, 250)
          : Infinity
        entry.error = failure
      })
      .finally(() => {
        entry.asking = false
        check(entry)
      })
  }

  function store(issued: IssuedToken): HeldToken {
    const token = receive(issued, now())
    const entry = entryOf(issuedNeed(issued))
    entry.token = token
    entry.error = undefined
    entry.notBefore = 0
    check(entry)
    return token
  }

  function issuedNeed({ key }: IssuedToken): TokenNeed {
    for (const [own, { need }] of entries) if (own === key) return need
    const [resource, scope] = key ? (JSON.parse(key) as [string[], string[] | null]) : [[], null]
    return { ...(resource.length && { resource }), ...(scope && { scope: scope.join(' ') }) }
  }

  return {
    /** The token at hand, if it still holds long enough: no request, no message, nothing to wait for. */
    held(need: TokenNeed, minValidity: number | undefined): string | undefined {
      if (closed !== undefined) return undefined
      const entry = entries.get(keyOf(need))
      const token = entry?.token
      if (!token) return undefined
      const over = remaining(token, now())
      if (over <= (minValidity ?? Math.min(leastValidity, token.lifetime * 0.8))) return undefined
      // Taken within the lead: still good, and the next one should be too.
      if (over <= leadOf(token.lifetime) && entry.notBefore <= env.monotonic()) renew(entry)
      return token.response.access_token
    },
    /** What to ask of the vault where the caller named no `minValidity`. */
    leastFor(need: TokenNeed): number {
      const lifetime = entries.get(keyOf(need))?.token?.lifetime ?? 0
      return Math.min(leastValidity, lifetime * 0.8)
    },
    store,
    /** Somebody asked and was refused: those who read the token as a value learn it too, unless they have one. */
    failed(need: TokenNeed, error: AuthError): void {
      const entry = entryOf(need)
      entry.error = error
      settle(entry)
    },
    response: (need: TokenNeed) => entries.get(keyOf(need))?.token?.response,
    state: (need: TokenNeed) => entryOf(need).state,
    renewal: (need: TokenNeed) => entryOf(need).renewal,
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
        if (!entry.listeners.delete(own) || !watch) return
        if (!--entry.watchers) entry.cancel()
      }
    },
    /** Seen again, online again, hidden, offline. */
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
