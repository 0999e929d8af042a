import { BFF_PATHS } from '../../bff-protocol.ts'
import { problemResponse, ProblemError } from '../http/problem.ts'
import { refusalOf } from '../http/refusal.ts'
import type { RouteParts } from '../routes/route.ts'
import { requireSession } from '../sessions/session-of-request.ts'
import type { LiveSession } from '../sessions/sessions.ts'
import type { Tokens } from '../tokens/tokens.ts'

/** How often it is asked whether the session of an open socket still lives. */
const POLL_INTERVAL_MS = 30_000

interface UpgradeParts extends RouteParts {
  tokens: Tokens
}

export interface AuthorizedUpgrade {
  ok: true
  /** Where to connect to, with these headers. */
  upstreamUrl: string
  headers: Record<string, string>
  /** ms since 1970: when the session ends at the latest. */
  endsAt: number
  /**
   * Calls back once, when the session is over: close the socket then, with `WEB_SOCKET_SESSION_ENDED`.
   * @returns stop, for a socket that was closed before
   */
  onSessionEnd(listener: () => void): () => void
}

export type Upgrade = AuthorizedUpgrade | { ok: false; response: Response }

/**
 * Whether a WebSocket may be opened (RFC 6455 §10.2): browsers send cookies with it from every site and ask no CORS
 * preflight, so the `Origin` must be the application's, letter for letter.
 */
export async function authorizeUpgrade(parts: UpgradeParts, request: Request): Promise<Upgrade> {
  try {
    return await authorize(parts, request)
  } catch (error) {
    return {
      ok: false,
      response: problemResponse(refusalOf(parts.emit, BFF_PATHS.webSocket, error)),
    }
  }
}

async function authorize(parts: UpgradeParts, request: Request): Promise<AuthorizedUpgrade> {
  const { settings, sessions, tokens } = parts
  const prefix = settings.basePath + BFF_PATHS.webSocket
  const { pathname, search } = new URL(request.url)
  const socket = settings.sockets.find(({ name }) => pathname === prefix + name)
  if (!socket) throw new ProblemError('not_found')
  if (request.headers.get('origin') !== settings.origin) throw new ProblemError('csrf_rejected')
  const session = await requireSession(parts, request)
  await sessions.touch(session)
  const { token } = await tokens.getToken(session, { ...socket.need, minValidity: 0 })
  return {
    ok: true,
    upstreamUrl: socket.upstream.href + search,
    headers: { authorization: `Bearer ${token.accessToken}` },
    endsAt: session.record.absoluteUntil,
    onSessionEnd: (listener) => watch(parts, session, listener),
  }
}

/** The store is asked now and then: another instance may have ended the session. While it is away, sockets stay. */
function watch({ env, sessions }: UpgradeParts, session: LiveSession, ended: () => void) {
  const { absoluteUntil } = session.record
  let stopped = false
  let cancel = () => {}
  const look = async () => {
    const over =
      env.now() >= absoluteUntil ||
      (await sessions.lives(session).then(
        (lives) => !lives,
        () => false,
      ))
    if (stopped) return
    if (over) ended()
    else next()
  }
  const next = () => {
    const left = Math.max(absoluteUntil - env.now(), 0)
    cancel = env.timer(() => void look(), Math.min(POLL_INTERVAL_MS, left))
  }
  next()
  return () => {
    stopped = true
    cancel()
  }
}
