import { useMemo, type SyntheticEvent } from 'react'
import type { AuthClient, Session, SignInOptions, SignOutOptions } from '../core.ts'
import {
  useAuthContext,
  type ClientOption,
  type ResourceIndicator,
  type User,
} from './auth-context.ts'
import { ignoreAuthError } from './ignore-auth-error.ts'
import { useSessionValue } from './use-session-value.ts'

/**
 * What a person can do. `signIn` and `signOut` are click handlers as they are: an event has none of their options, and
 * nothing is to be caught, because what fails is in the session.
 * @example <button onClick={signOut}>Sign out</button>
 */
export interface AuthActions<Resource extends string = ResourceIndicator> extends Pick<
  AuthClient<User, Resource>,
  'getAccessToken'
> {
  signIn(options?: SignInOptions | SyntheticEvent): Promise<void>
  signOut(options?: SignOutOptions | SyntheticEvent): Promise<void>
}

/**
 * The session, and what a person can do about it. Narrow it by `status`.
 * @example const { status, signIn } = useAuth()
 */
export function useAuth<Resource extends string = ResourceIndicator>(
  option: ClientOption<Resource> = {},
): Session<User> & AuthActions<Resource> {
  const { client } = useAuthContext(option.client)
  const session = useSessionValue(option, (current) => current)
  const actions = useMemo<AuthActions<Resource>>(
    () => ({
      signIn: (options) => client.signIn(options as SignInOptions).catch(ignoreAuthError),
      signOut: (options) => client.signOut(options as SignOutOptions).catch(ignoreAuthError),
      getAccessToken: client.getAccessToken,
    }),
    [client],
  )
  return useMemo(() => ({ ...session, ...actions }), [session, actions])
}
