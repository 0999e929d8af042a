import type { ProblemCode } from '../../bff-protocol.ts'
import { refusesToken } from '../../oauth/challenge.ts'
import type { PageEnvironment } from '../page/environment.ts'
import { withDeadline } from '../promises.ts'
import type { Target } from './resources.ts'

/** The body of a problem comes with its head, or it is not waited for. */
const PROBLEM_DEADLINE_MS = 2000

/** What the backend's own refusals of a call are that it may answer after the session was looked at. */
const OF_THE_SESSION: readonly ProblemCode[] = [
  'token_expired',
  'session_changed',
  'not_authenticated',
  'session_expired',
  'reauth_required',
]

/** Whether an answer refuses the token that the request came with, and not something that a new one would not change. */
export async function isTokenRefused(
  page: Pick<PageEnvironment, 'timer'>,
  { resource }: Target,
  response: Response,
): Promise<boolean> {
  if (resource.proxied !== undefined) {
    // The backend renews and repeats by itself what its protected resource refuses: only its own word counts here.
    const code = await problemCode(page, response)
    return OF_THE_SESSION.some((known) => known === code)
  }
  return refusesToken(response)
}

/** RFC 9457. The caller's own response stays unread. */
async function problemCode(
  page: Pick<PageEnvironment, 'timer'>,
  response: Response,
): Promise<unknown> {
  const type = response.headers.get('content-type') ?? ''
  const mayBe = response.status === 401 || response.status === 409
  if (!mayBe || !type.startsWith('application/problem+json')) return undefined
  try {
    const body: unknown = await withDeadline(page, PROBLEM_DEADLINE_MS, response.clone().json())
    return (Object(body) as { code?: unknown }).code
  } catch {
    return undefined
  }
}
