import { SESSION_HEADER } from '../../bff-protocol.ts'
import { sessionName } from '../events.ts'
import { ProblemError } from '../http/problem.ts'
import type { SessionTicket } from '../keys/session-ticket.ts'
import type { LiveSession, Sessions } from './sessions.ts'
import type { BffRequest } from '../http/exchange.ts'

interface Parts {
  sessions: Sessions
}

/** @throws AuthError `store_unavailable`; ProblemError where the request was made for another session */
export async function findSession(
  { sessions }: Parts,
  request: BffRequest,
): Promise<LiveSession | undefined> {
  const session = await sessions.find(request)
  if (session) assertMeant(request, session.ticket)
  return session
}

/** @throws ProblemError where the request was made for another session than its cookie's */
export function assertMeant(request: BffRequest, ticket: SessionTicket): void {
  const meant = request.headers.get(SESSION_HEADER)
  if (meant !== null && meant !== sessionName(ticket)) throw new ProblemError('session_changed')
}

/** @throws ProblemError where nobody is signed in */
export async function requireSession(parts: Parts, request: BffRequest): Promise<LiveSession> {
  const session = await findSession(parts, request)
  if (!session) throw new ProblemError('not_authenticated')
  return session
}
