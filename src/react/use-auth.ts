import { useMemo } from 'react'
import type { AuthClient, Session } from '../core.ts'
import { useAuthContext, type ClientOption, type User } from './auth-context.ts'
import { useSessionValue } from './use-session-value.ts'

export type AuthActions = Pick<AuthClient<User>, 'signIn' | 'signOut' | 'getAccessToken'>

/** The session, and what a person can do about it. Narrow it by `status`. */
export function useAuth(option: ClientOption = {}): Session<User> & AuthActions {
  const { client } = useAuthContext(option.client)
  const session = useSessionValue(option, (current) => current)
  return useMemo(() => {
    const { signIn, signOut, getAccessToken } = client
    return { ...session, signIn, signOut, getAccessToken }
  }, [client, session])
}
