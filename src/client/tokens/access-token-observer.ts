import {
  PENDING,
  type AccessTokenNeed,
  type AccessTokenState,
  type Renewal,
} from './access-token.ts'

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
  /** What a server renders, and the browser's first render repeats: no token is known there. */
  getServerSnapshot(): AccessToken
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
  const onServer = take(PENDING)
  let snapshot: AccessToken | undefined
  let state: AccessTokenState | undefined
  /** As the reader read it last; undefined while it is not read. */
  let renewal: Renewal | undefined

  function take(next: AccessTokenState): AccessToken {
    if (next.status !== 'ready') return { ...next, refresh }
    return {
      ...next,
      refresh,
      // Reading it is the wish to be told of it.
      get renewal() {
        renewal = source.getRenewal(need)
        return renewal
      },
    }
  }

  return {
    subscribe: (listener) => source.subscribeAccessToken(listener, need),
    getServerSnapshot: () => onServer,
    getSnapshot() {
      const next = source.getAccessTokenState(need)
      const nextRenewal = renewal && source.getRenewal(need)
      if (!snapshot || next !== state || nextRenewal !== renewal) {
        state = next
        renewal = nextRenewal
        snapshot = take(next)
      }
      return snapshot
    },
  }
}
