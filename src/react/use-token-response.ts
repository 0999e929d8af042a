import { useCallback, useSyncExternalStore } from 'react'
import type { AccessTokenNeed, TokenResponse } from '../core.ts'
import { useAuthContext, type ClientOption, type ResourceIndicator } from './auth-context.ts'
import { useNeed } from './use-need.ts'

/** The provider's last token response in its own words, never with `refresh_token`. Renders with each new one. */
export function useTokenResponse<Resource extends string = ResourceIndicator>({
  client: given,
  ...options
}: AccessTokenNeed<NoInfer<Resource>> & ClientOption<Resource> = {}): TokenResponse | undefined {
  const { client } = useAuthContext(given)
  const need = useNeed(options)
  const subscribe = useCallback(
    (listener: () => void) => client.subscribeAccessToken(listener, need, { watch: false }),
    [client, need],
  )
  return useSyncExternalStore(
    subscribe,
    () => client.getTokenResponse(need),
    () => undefined,
  )
}
