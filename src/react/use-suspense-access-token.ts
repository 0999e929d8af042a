import { useSyncExternalStore } from 'react'
import { AuthError, type AccessTokenNeed } from '../core.ts'
import { useAuthContext, type ClientOption, type ResourceIndicator } from './auth-context.ts'
import { useAccessToken } from './use-access-token.ts'
import { useNeed } from './use-need.ts'

const noSubscription = () => () => {}

/**
 * The access token itself: suspends until there is one.
 * @throws AuthError when there is none to be had; the nearest error boundary gets it
 */
export function useSuspenseAccessToken<Resource extends string = ResourceIndicator>(
  options: AccessTokenNeed<NoInfer<Resource>> & ClientOption<Resource> = {},
): string {
  const { client } = useAuthContext(options.client)
  const need = useNeed(options)
  const token = useAccessToken(options)
  const onServer = useSyncExternalStore(
    noSubscription,
    () => false,
    () => true,
  )
  if (token.status === 'ready') return token.accessToken
  if (token.status === 'pending') {
    // To wait there would be to wait for ever: the boundary's fallback is sent, the browser goes on.
    if (onServer) throw new AuthError('vault_unavailable', { message: 'No tokens on a server.' })
    throw client.getAccessToken(need).catch(() => {
      // The state says it too, and this component reads the state again.
    })
  }
  if (token.error.recoverable) {
    // Asked for again now, so that a boundary that tries again later finds a token. This error is thrown below.
    client.getAccessToken(need).catch(() => {})
  }
  throw token.error
}
