import { useMemo, useSyncExternalStore } from 'react'
import type { AuthClient, Session } from '../core.ts'
import { useAuthContext, type ClientOption, type User } from './context.ts'

const RESTORING: Session<never> = { status: 'restoring' }

/** Reads one thing of the session, and renders again only when that one changes. */
export function useSessionValue<Value>(
  { client: given }: ClientOption,
  select: (session: Session<User>) => Value,
): Value {
  const { client, initialSession = RESTORING } = useAuthContext(given)
  const read = () => {
    const session = client.getSession()
    return select(session.status === 'restoring' ? initialSession : session)
  }
  return useSyncExternalStore(client.subscribe, read, () => select(initialSession))
}

export type AuthActions = Pick<AuthClient<User>, 'signIn' | 'signOut' | 'getAccessToken'>

/** The session, and what a person can do about it. Narrow it by `status`. */
export function useAuth(option: ClientOption = {}): Session<User> & AuthActions {
  const { client } = useAuthContext(option.client)
  const session = useSessionValue(option, (now) => now)
  return useMemo(() => {
    const { signIn, signOut, getAccessToken } = client
    return { ...session, signIn, signOut, getAccessToken }
  }, [client, session])
}

/** Who is signed in, or was until the session expired. The same object as long as the claims are the same. */
export function useUser(option: ClientOption = {}): User | undefined {
  return useSessionValue(option, userOf)
}

function userOf(session: Session<User>): User | undefined {
  return 'user' in session ? session.user : undefined
}
