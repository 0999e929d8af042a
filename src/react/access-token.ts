import { useCallback, useMemo, useRef, useSyncExternalStore } from 'react'
import {
  AuthError,
  type AccessTokenNeed,
  type AccessTokenState,
  type Renewal,
  type TokenResponse,
} from '../core.ts'
import { useAuthContext, type ClientOption } from './context.ts'

const PENDING: AccessTokenState = { status: 'pending' }
const pending = () => PENDING
const idle = (): Renewal => 'idle'
const never = () => () => {}
const no = () => false
const yes = () => true

/** The same need for equal needs: components write them inline. */
function useNeed({ resource, scope }: AccessTokenNeed): AccessTokenNeed {
  const key = JSON.stringify({ resource, scope })
  return useMemo(() => JSON.parse(key) as AccessTokenNeed, [key])
}

export type AccessToken = {
  /** A new token now, although this one is good. The same function for the life of the component. */
  refresh: () => Promise<string>
} & (
  | Exclude<AccessTokenState, { status: 'ready' }>
  | (Extract<AccessTokenState, { status: 'ready' }> & {
      /** Whether a renewal runs, or failed for now. Whoever does not read it does not render for it. */
      readonly renewal: Renewal
    })
)

/**
 * The access token as a value, renewed before it expires while this component is mounted, seen and online.
 * For a request, `getAccessToken()` at the moment of use is surer still.
 */
export function useAccessToken({
  client: given,
  ...asked
}: AccessTokenNeed & ClientOption = {}): AccessToken {
  const { client } = useAuthContext(given)
  const need = useNeed(asked)
  const reads = useRef(false)
  const watch = useCallback(
    (listener: () => void) => client.subscribeAccessToken(listener, need),
    [client, need],
  )
  const refresh = useCallback(
    () => client.getAccessToken({ ...need, forceRefresh: true }),
    [client, need],
  )
  const state = useSyncExternalStore(watch, () => client.getAccessTokenState(need), pending)
  const renewal = useSyncExternalStore(
    watch,
    () => (reads.current ? client.getRenewal(need) : 'idle'),
    idle,
  )
  return useMemo(() => {
    if (state.status !== 'ready') return { ...state, refresh }
    return {
      ...state,
      refresh,
      get renewal() {
        const first = !reads.current
        reads.current = true
        return first ? client.getRenewal(need) : renewal
      },
    }
  }, [client, need, state, refresh, renewal])
}

/**
 * The access token itself: suspends until there is one.
 * @throws AuthError when there is none to be had; the nearest error boundary gets it
 */
export function useSuspenseAccessToken(asked: AccessTokenNeed & ClientOption = {}): string {
  const { client } = useAuthContext(asked.client)
  const need = useNeed(asked)
  const token = useAccessToken(asked)
  const onServer = useSyncExternalStore(never, no, yes)
  if (token.status === 'ready') return token.accessToken
  if (token.status === 'pending') {
    // To wait there would be to wait for ever: the boundary's fallback is sent, the browser goes on.
    if (onServer) throw new AuthError('vault_unavailable', { message: 'No tokens on a server.' })
    throw client.getAccessToken(need).catch(() => {})
  }
  // A boundary that tries again later should find a token.
  if (token.error.recoverable) client.getAccessToken(need).catch(() => {})
  throw token.error
}

/** The provider's last token response in its own words, never with `refresh_token`. Renders with each new one. */
export function useTokenResponse({ client: given, ...asked }: AccessTokenNeed & ClientOption = {}):
  TokenResponse | undefined {
  const { client } = useAuthContext(given)
  const need = useNeed(asked)
  const listen = useCallback(
    (listener: () => void) => client.subscribeAccessToken(listener, need, { watch: false }),
    [client, need],
  )
  return useSyncExternalStore(
    listen,
    () => client.getTokenResponse(need),
    () => undefined,
  )
}
