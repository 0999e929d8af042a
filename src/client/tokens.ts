import type { AuthError } from '../errors.ts'
import type { TokenResponse } from '../oauth/types.ts'
import { remaining, type Instant } from '../renewal/lifetime.ts'
import { deserialize, type HeldToken } from '../vault/held-token.ts'
import { needKey } from '../vault/token-need.ts'
import type { IssuedToken, TokenNeed } from '../vault/vault.ts'
import { checkResource } from './check-options.ts'
import { DEVELOPMENT, type PageEnvironment } from './page/environment.ts'
import type { createSchedule } from './schedule.ts'
import { createListeners } from './store.ts'

/** Whose token: the session's own, or one for other resources (RFC 8707) or a narrower scope. */
export interface AccessTokenNeed {
  resource?: string | string[] | undefined
  scope?: string | undefined
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
export interface Entry {
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
  /** The schedule's. Monotonic: no request of our own accord before. */
  notBefore?: number
  asking?: boolean
  cancel?: () => void
}

const PENDING: AccessTokenState = { status: 'pending' }

export type Tokens = ReturnType<typeof createTokens>

/** The page's copies of access tokens. Reading one is a look at two clocks. */
export function createTokens(
  page: () => PageEnvironment,
  ask: (need: TokenNeed) => Promise<IssuedToken>,
  leastValidity: number,
  /** Fetched while somebody is signed in. Without it, until it comes, whoever takes a token waits for it. */
  fetchSchedule: (take: (create: typeof createSchedule) => void) => void,
) {
  const entries = new Map<string, Entry>()
  let schedule: ReturnType<typeof createSchedule> | undefined
  /** Why there are no tokens; undefined while somebody is signed in, `null` before that is known. */
  let closed: AuthError | null | undefined = null
  /** Counts sessions: an answer to the one before is nothing to this one. */
  let session = 0
  /** `sub` of the user whose tokens the entries hold. */
  let subject: string | undefined

  const now = (): Instant => ({ wall: page().now(), mono: page().monotonic() })
  const left = ({ token }: Entry) => (token ? remaining(token, now()) : 0)
  const leastOf = ({ lifetime } = { lifetime: 0 }) => Math.min(leastValidity, lifetime * 0.8)

  /** @throws TypeError while developing; else the vault refuses it */
  function entryOf(asked: AccessTokenNeed): Entry {
    const key = needKey(asked)
    let entry = entries.get(key)
    if (!entry) {
      const { resource, scope } = asked
      if (DEVELOPMENT) checkResource('access token', asked)
      entry = {
        need: { ...(resource && { resource: [resource].flat() }), ...(scope && { scope }) },
        listeners: createListeners(),
        watchers: 0,
        state: PENDING,
        told: PENDING,
        renewal: 'idle',
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

  function show(entry: Entry, wake = false): void {
    if (look(entry) !== entry.told) {
      entry.told = entry.state
      entry.listeners.tell()
    }
    schedule?.check(entry, wake)
  }

  function showAll(wake = false): void {
    if (closed === undefined && !schedule) {
      fetchSchedule((create) => {
        schedule ??= create(tokens)
        showAll()
      })
    }
    for (const entry of entries.values()) show(entry, wake)
  }

  function store(issued: IssuedToken): void {
    // A token that arrives while nobody is signed in belongs to a session that is over or not open yet.
    if (closed !== undefined) return
    // A token of another tab's need is nothing to this one.
    const entry = issued.key ? entries.get(issued.key) : entryOf({})
    if (!entry) return
    const { token } = entry
    // The same one again, as an event and as an answer: still the same object.
    if (
      token?.sentAt.wall !== issued.sentAt ||
      token.response.access_token !== issued.response.access_token
    ) {
      entry.token = deserialize(issued, now())
      // Components are given it as it is.
      Object.freeze(issued.response)
    }
    entry.error = undefined
    entry.notBefore = 0
    show(entry)
  }

  /** The token at hand, if it still holds long enough: no request, no message, nothing to wait for. */
  function held(need: AccessTokenNeed, minValidity: number | undefined): string | undefined {
    const entry = entries.get(needKey(need))
    const token = entry?.token
    if (!token || closed !== undefined) return undefined
    const holds = left(entry)
    // Written so that NaN and less than nothing are the vault's to refuse.
    const least = minValidity ?? leastOf(token)
    if (!(least >= 0 && holds > least)) return undefined
    schedule?.taken(entry, holds)
    return token.response.access_token
  }

  const tokens = {
    page,
    ask,
    now,
    left,
    /** Another number for another session; undefined while nobody is signed in. */
    session: () => (closed === undefined ? session : undefined),
    /** Why there are none. */
    closed: () => closed,
    entries,
    entry: entryOf,
    leastOf,
    held,
    store,
    show,
    response: (need: AccessTokenNeed = {}): TokenResponse | undefined =>
      closed === undefined ? entries.get(needKey(need))?.token?.response : undefined,
    state: (need: AccessTokenNeed = {}): AccessTokenState => look(entryOf(need)),
    renewal: (need: AccessTokenNeed = {}): Renewal => entryOf(need).renewal,
    renewing(key: string, renewal: Renewal): void {
      const entry = entries.get(key)
      // A renewal reported while nobody is signed in belongs to a session that is over.
      if (closed !== undefined || !entry || entry.renewal === renewal) return
      entry.renewal = renewal
      entry.listeners.tell()
    },
    /** @param watch keep the token renewed while subscribed */
    subscribe(need: AccessTokenNeed, listener: () => void, watch: boolean): () => boolean {
      const entry = entryOf(need)
      const remove = entry.listeners.add(listener)
      if (watch && !entry.watchers++) show(entry)
      return () => {
        const first = remove()
        if (first && watch && !--entry.watchers) entry.cancel?.()
        return first
      }
    },
    /** Seen and online again, or no more. */
    wake: showAll,
    /** A user is signed in. What the entries held for another user is dropped first. */
    open(user: string, token: IssuedToken | undefined): void {
      const changed = closed !== undefined || user !== subject
      if (changed) session++
      closed = undefined
      subject = user
      reset(changed)
      if (token) store(token)
      showAll()
    },
    /** Nobody is signed in, for this reason; `null`: it is not known yet who is. */
    close(reason: AuthError | null): void {
      closed = reason
      session++
      reset(true)
      showAll()
    },
  }

  function reset(dropTokens: boolean): void {
    for (const entry of entries.values()) {
      if (dropTokens) {
        entry.token = undefined
        entry.renewal = 'idle'
      }
      entry.error = undefined
      entry.notBefore = 0
    }
  }

  return tokens
}
