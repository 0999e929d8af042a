import type { Session } from '../core.ts'
import type { ClientOption, User } from './auth-context.ts'
import { useSessionValue } from './use-session-value.ts'

/** Who is signed in, or was until the session expired. The same object as long as the claims are the same. */
export function useUser(option: ClientOption = {}): User | undefined {
  return useSessionValue(option, shownUser)
}

function shownUser(session: Session<User>): User | undefined {
  return 'user' in session ? session.user : undefined
}
