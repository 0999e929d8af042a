import { useMemo, useSyncExternalStore } from 'react'
import type { AccessToken, AccessTokenNeed } from '../core.ts'
import { useAuthContext, type ClientOption, type ResourceIndicator } from './auth-context.ts'
import { useNeed } from './use-need.ts'

/**
 * The access token as a value, renewed before it expires while this component is mounted, visible and online.
 * For a request, `getAccessToken()` at the moment of use is surer still.
 * @example const token = useAccessToken(); if (token.status === 'ready') connect(token.accessToken)
 */
export function useAccessToken<Resource extends string = ResourceIndicator>({
  client: given,
  ...options
}: AccessTokenNeed<NoInfer<Resource>> & ClientOption<Resource> = {}): AccessToken {
  const { client } = useAuthContext(given)
  const need = useNeed(options)
  const observer = useMemo(() => client.observeAccessToken(need), [client, need])
  return useSyncExternalStore(observer.subscribe, observer.getSnapshot, observer.getServerSnapshot)
}
