import type { Session } from '../core.ts'
import type { User } from './auth-context.ts'

/** Whose tree a guard shows: another user gets a new one, another object for the same user does not. */
export function shownSubject(session: Session<User>): string | undefined {
  if (!('user' in session)) return undefined
  return session.subject ?? (session.user as { sub?: string } | null | undefined)?.sub ?? ''
}
