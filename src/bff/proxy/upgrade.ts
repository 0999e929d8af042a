import { BFF_PATHS } from '../../bff-protocol.ts'
import { sessionName } from '../events.ts'
import { problemResponse, ProblemError } from '../http/problem.ts'
import { refusalOf } from '../http/refusal.ts'
import type { RouteParts } from '../routes/route.ts'
import { requireSession } from '../sessions/session-of-request.ts'
import type { Tokens } from '../tokens/tokens.ts'
import type { SessionWatches } from './session-watches.ts'

interface UpgradeParts extends RouteParts {
  tokens: Tokens
  watches: SessionWatches
}

export interface AuthorizedUpgrade {
  ok: true
  /** Where to connect to, with these headers. */
  upstreamUrl: string
  headers: Record<string, string>
  /** ms since 1970: when the session ends at the latest. */
  endsAt: number
  /**
   * Calls back once, with the code to close the socket with: `WEB_SOCKET_SESSION_ENDED` when the session is over, 1001
   * when the backend closes.
   * @returns stop, for a socket that was closed before
   */
  onEnd(listener: (code: number) => void): () => void
  /** The upstream cannot be reached. @returns what to answer instead */
  unavailable(): Response
}

export type Upgrade = AuthorizedUpgrade | { ok: false; response: Response }

/**
 * Whether a WebSocket may be opened (RFC 6455 §10.2): browsers send cookies with it from every site and ask no CORS
 * preflight, so the `Origin` must be the application's, letter for letter.
 * @returns null for a request that is not for the backend
 */
export async function authorizeUpgrade(
  parts: UpgradeParts,
  request: Request,
): Promise<Upgrade | null> {
  const { pathname, search } = new URL(request.url)
  const prefix = parts.settings.basePath + BFF_PATHS.webSocket
  if (!pathname.startsWith(prefix)) return null
  try {
    return await authorize(parts, request, { name: pathname.slice(prefix.length), search })
  } catch (error) {
    return { ok: false, response: refuse(parts, error) }
  }
}

async function authorize(
  parts: UpgradeParts,
  request: Request,
  { name, search }: { name: string; search: string },
): Promise<AuthorizedUpgrade> {
  const { settings, sessions, tokens, watches } = parts
  const socket = settings.sockets.find((one) => one.name === name)
  if (!socket) throw new ProblemError('not_found')
  if (request.headers.get('origin') !== settings.origin) throw new ProblemError('csrf_rejected')
  const session = await requireSession(parts, request)
  await sessions.touch(session)
  const { token } = await tokens.getToken(session, { ...socket.need, minValidity: 0 })
  const { ticket, record } = session
  const endsAt = record.absoluteUntil
  const lives = () => sessions.lives(session).catch(() => true)
  return {
    ok: true,
    upstreamUrl: socket.upstream.href + search,
    headers: { authorization: `Bearer ${token.accessToken}` },
    endsAt,
    onEnd: (ended) => watches.add({ name: sessionName(ticket), endsAt, lives, ended }),
    unavailable: () => refuse(parts, new ProblemError('upstream_unavailable')),
  }
}

function refuse({ emit }: UpgradeParts, error: unknown): Response {
  return problemResponse(refusalOf(emit, BFF_PATHS.webSocket, error))
}
