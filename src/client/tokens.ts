import { AuthError } from '../oauth/errors.ts'
import type { TokenResponse } from '../oauth/types.ts'
import { remaining, type Instant } from '../renewal/lifetime.ts'
import { dueIn, leadOf, LONGEST_TIMER } from '../renewal/schedule.ts'
import { keyOf, receive, type HeldToken } from '../vault/held-token.ts'
import type { IssuedToken, TokenNeed } from '../vault/types.ts'
import type { PageEnvironment } from './environment.ts'
import { createListeners } from './store.ts'

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
  readonly listeners: ReturnType<typeof createListeners>
  watchers: number
  token?: HeldToken | undefined
  state: AccessTokenState
  /** What the state was made of, and what listeners were told last. */
  shown?: HeldToken | AuthError | undefined
  told: AccessTokenState
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
  /** Counts sessions: an answer to the one before is nothing to this one. */
  let session = 0

  const now = (): Instant => ({ wall: page().now(), mono: page().monotonic() })
  const left = ({ token }: Entry) => (token ? remaining(token, now()) : 0)

  function entryOf(need: TokenNeed): Entry {
    const key = keyOf(need)
    let entry = entries.get(key)
    if (!entry) {
      entry = {
        need,
        listeners: createListeners(),
        watchers: 0,
        state: PENDING,
        told: PENDING,
        renewal: 'idle',
        notBefore: 0,
      }
      entries.set(key, entry)
    }
    return entry
  }

  /** What is so now. A token without any lifetime is the provider's way to say "once": it is shown, never renewed. */
  function look(entry: Entry): AccessTokenState {
    const { token } = entry
    const usable = closed === undefined && token && (!token.lifetime || left(entry) > 0)
    const shown = usable ? token : (closed ?? entry.error)
    if (shown !== entry.shown) {
      entry.shown = shown
      entry.state = usable
        ? {
            status: 'ready',
            accessToken: token.response.access_token,
            expiresAt: token.sentAt.wall + token.lifetime,
          }
        : shown
          ? { status: 'unavailable', error: shown as AuthError }
          : PENDING
    }
    return entry.state
  }

  /** Looks at the clocks: tells of what changed, renews what is due, sets one timer for what comes next. */
  function check(entry: Entry, wake = false): void {
    entry.cancel?.()
    if (look(entry) !== entry.told) {
      entry.told = entry.state
      entry.listeners.tell()
    }
    const { token } = entry
    if (closed !== undefined || !entry.watchers) return
    let next = left(entry) > 0 ? left(entry) + 1 : Infinity
    if (page().awake() && (wake || !entry.asking)) {
      const due = !token ? 0 : token.lifetime ? dueIn(token, now(), page().random()) : Infinity
      const renewal = Math.max(due, entry.notBefore - page().monotonic())
      if (renewal > 0) next = Math.min(next, renewal)
      else renew(entry, wake)
    }
    if (next < Infinity) {
      entry.cancel = page().timer(() => check(entry), Math.min(next, LONGEST_TIMER))
    }
  }

  /** Of our own accord: somebody watches, or just took a token that is about to end. */
  function renew(entry: Entry, wake = false): void {
    // Whoever just woke up asks again: the vault may be resting after a failure.
    if ((entry.asking && !wake) || entry.notBefore > page().monotonic()) return
    entry.asking = true
    const asked = session
    // With a valid token at hand a failure can wait; without one the vault waits for us.
    ask({ ...entry.need, early: left(entry) > 0, wake })
      .then(
        (issued) => asked === session && store(issued),
        (error: AuthError) => {
          if (asked !== session) return
          entry.error = error
          entry.notBefore = error.recoverable
            ? page().monotonic() + Math.max(error.retryAfter ?? 5000, 250)
            : Infinity
        },
      )
      .finally(() => {
        entry.asking = false
        check(entry)
      })
  }

  function store(issued: IssuedToken): void {
    // A token of another tab's need is nothing to this one.
    const entry = issued.key ? entries.get(issued.key) : entryOf({})
    if (!entry) return
    const { token } = entry
    // The same one again, as an event and as an answer: still the same object.
    if (
      token?.sentAt.wall !== issued.sentAt ||
      token.response.access_token !== issued.response.access_token
    ) {
      entry.token = receive(issued, now())
    }
    entry.error = undefined
    entry.notBefore = 0
    check(entry)
  }

  /** The token at hand, if it still holds long enough: no request, no message, nothing to wait for. */
  function held(need: TokenNeed, minValidity: number | undefined): string | undefined {
    const entry = entries.get(keyOf(need))
    const token = entry?.token
    if (!token || closed !== undefined) return undefined
    const over = left(entry)
    // Written so that NaN and less than nothing are the vault's to refuse.
    const least = minValidity ?? leastOf(token)
    if (!(least >= 0 && over > least)) return undefined
    // Taken within the lead: still good, and the next one should be too.
    if (over <= leadOf(token.lifetime)) renew(entry)
    return token.response.access_token
  }

  const leastOf = ({ lifetime } = { lifetime: 0 }) => Math.min(leastValidity, lifetime * 0.8)

  return {
    held,
    store,
    /** Asks the vault on behalf of a caller. Without a `minValidity` of its own, the client's default counts. */
    async fetch(
      need: TokenNeed,
      minValidity: number | undefined,
      force: boolean | undefined,
    ): Promise<string> {
      const entry = entryOf(need)
      const asked = session
      try {
        const issued = await ask({
          ...need,
          minValidity: minValidity ?? leastOf(entry.token),
          force: !!force,
        })
        if (asked === session) {
          store(issued)
          return issued.response.access_token
        }
      } catch (error) {
        // The default is a wish: a provider that shortened its tokens is no error.
        const token = force || minValidity !== undefined ? undefined : held(need, undefined)
        if (token !== undefined) return token
        // Those who read the token as a value learn it too, unless they have one.
        if (asked === session && error instanceof AuthError && left(entry) <= 0) {
          entry.error = error
          check(entry)
        }
        throw error
      }
      throw (
        closed ?? new AuthError('user_mismatch', { message: 'Another user signed in meanwhile.' })
      )
    },
    response: (need: TokenNeed): TokenResponse | undefined =>
      entries.get(keyOf(need))?.token?.response,
    state: (need: TokenNeed): AccessTokenState => look(entryOf(need)),
    renewal: (need: TokenNeed): Renewal => entryOf(need).renewal,
    renewing(key: string, renewal: Renewal): void {
      const entry = entries.get(key)
      if (!entry || entry.renewal === renewal) return
      entry.renewal = renewal
      entry.listeners.tell()
    },
    /** @param watch keep the token renewed while subscribed */
    subscribe(need: TokenNeed, listener: () => void, watch: boolean): () => void {
      const entry = entryOf(need)
      const remove = entry.listeners.add(listener)
      if (watch && !entry.watchers++) check(entry)
      return () => {
        if (remove() && watch && !--entry.watchers) entry.cancel?.()
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
      if (reason !== undefined) session++
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
