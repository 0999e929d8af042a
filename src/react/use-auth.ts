import { useMemo } from 'react'
import type { AuthClient, Session } from '../core.ts'
import { useAuthContext, type ClientOption, type User } from './auth-context.ts'
import { ignoreAuthError } from './ignore-auth-error.ts'
import { useSessionValue } from './use-session-value.ts'

/** What a person can do. In a click handler nothing is to be caught: what fails is in the session. */
export type AuthActions = Pick<AuthClient<User>, 'signIn' | 'signOut' | 'getAccessToken'>

/**
 * The session, and what a person can do about it. Narrow it by `status`.
 * @example const { status, signIn } = useAuth()
 */
export function useAuth(option: ClientOption = {}): Session<User> & AuthActions {
  const { client } = useAuthContext(option.client)
  const session = useSessionValue(option, (current) => current)
  const actions = useMemo<AuthActions>(
    () => ({
      signIn: (options) => client.signIn(options).catch(ignoreAuthError),
      signOut: (options) => client.signOut(options).catch(ignoreAuthError),
      getAccessToken: client.getAccessToken,
    }),
    [client],
  )
  return useMemo(() => ({ ...session, ...actions }), [session, actions])
}
