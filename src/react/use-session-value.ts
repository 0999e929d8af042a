import { useSyncExternalStore } from 'react'
import type { Session } from '../core.ts'
import { useAuthContext, type ClientOption, type User } from './auth-context.ts'

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
