import type { AccessTokenNeed, AccessTokenState, Renewal } from './access-token.ts'

/** The token as a value, and what a component can do about it. */
export type AccessToken = {
  /** A new token now, although this one is good. The same function for the life of the observer. */
  readonly refresh: () => Promise<string>
} & (
  | Exclude<AccessTokenState, { status: 'ready' }>
  | (Extract<AccessTokenState, { status: 'ready' }> & {
      /** Whether a renewal runs, or failed for now. An observer whose user does not read it does not report its changes. */
      readonly renewal: Renewal
    })
)

/** One reader of one need's token: what `useAccessToken` is made of, for any framework. */
export interface AccessTokenObserver {
  /** Keeps the token valid while subscribed, in a tab that is visible and online. */
  subscribe(listener: () => void): () => void
  /** The same object until something changes that its reader has read. */
  getSnapshot(): AccessToken
}

/** Where the observer reads. */
export interface AccessTokenSource {
  getAccessTokenState(need: AccessTokenNeed): AccessTokenState
  getRenewal(need: AccessTokenNeed): Renewal
  getAccessToken(options: AccessTokenNeed & { forceRefresh: true }): Promise<string>
  subscribeAccessToken(listener: () => void, need: AccessTokenNeed): () => void
}

export function createAccessTokenObserver(
  source: AccessTokenSource,
  need: AccessTokenNeed,
): AccessTokenObserver {
  const refresh = () => source.getAccessToken({ ...need, forceRefresh: true })
  let readsRenewal = false
  let snapshot: AccessToken | undefined
  let state: AccessTokenState | undefined
  let renewal: Renewal = 'idle'

  /** Reading `renewal` is the wish to be told of it. */
  function readRenewal(): Renewal {
    if (!readsRenewal) {
      readsRenewal = true
      renewal = source.getRenewal(need)
    }
    return renewal
  }

  function take(next: AccessTokenState): AccessToken {
    if (next.status !== 'ready') return { ...next, refresh }
    return {
      ...next,
      refresh,
      get renewal() {
        return readRenewal()
      },
    }
  }

  return {
    subscribe: (listener) => source.subscribeAccessToken(listener, need),
    getSnapshot() {
      const next = source.getAccessTokenState(need)
      const nextRenewal = readsRenewal ? source.getRenewal(need) : renewal
      if (!snapshot || next !== state || nextRenewal !== renewal) {
        state = next
        renewal = nextRenewal
        snapshot = take(next)
      }
      return snapshot
    },
  }
}
