import { endedByUser, type Session } from '../session/session.ts'

/** Whether the user signed out, and no sign-in that was begun before may end in a session. */
export function isSignedOutByUser(session: Session<unknown>): boolean {
  return session.status === 'signed-out' && endedByUser(session.reason)
}
