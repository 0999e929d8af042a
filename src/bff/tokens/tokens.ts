import type { Background } from '../background.ts'
import type { StoredToken } from '../sessions/session-contents.ts'
import type { LiveSession, WrittenSession } from '../sessions/sessions.ts'
import type { AccessNeed } from './access-need.ts'

/** Access tokens of sessions: all that the routes know of it. */
export interface Tokens {
  /** The one at hand, or a new one. @throws AuthError, ProblemError */
  getToken(
    session: LiveSession,
    need: AccessNeed,
    background: Background,
  ): Promise<{ token: StoredToken; session: LiveSession }>
  /** A newer token of the session's own than the one it has. @throws AuthError, ProblemError */
  renew(session: LiveSession, background: Background): Promise<WrittenSession>
  /** Every refresh under way is over. */
  drain(): Promise<void>
}
