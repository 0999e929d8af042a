import { BFF_PATHS } from '../../bff-protocol.ts'
import type { Dpop } from '../../oauth/dpop.ts'
import { Background } from '../background.ts'
import { sessionName } from '../events.ts'
import { problemResponse, ProblemError } from '../http/problem.ts'
import { refusalOf } from '../http/refusal.ts'
import type { RouteParts } from '../routes/route.ts'
import { requireSession } from '../sessions/session-of-request.ts'
import type { LiveSession } from '../sessions/sessions.ts'
import type { Tokens } from '../tokens/tokens.ts'
import { presentToken, type PresentedToken } from './presented-token.ts'
import type { SessionWatches } from './session-watches.ts'
import type { SocketPlace, SocketPlaces } from './socket-places.ts'
import type { BffRequest } from '../http/exchange.ts'

interface UpgradeParts extends RouteParts {
  tokens: Tokens
  dpop: Dpop | undefined
  watches: SessionWatches
  places: SocketPlaces
}

/** A WebSocket that may be opened: where the server connects it to, and when it has to end. */
export interface AuthorizedUpgrade {
  ok: true
  /** Where to connect to, with these headers. */
  upstreamUrl: string
  headers: Record<string, string>
  /** ms since 1970: when the session ends at the latest. */
  endsAt: number
  /**
   * Calls back once, with the code to close the socket with: `WEB_SOCKET_SESSION_ENDED` when the session is over; 1001
   * when the backend closes, or cannot say: with its newest cookie the page may open another one.
   * @returns stop, for a socket that was closed before
   */
  onEnd(listener: (code: number) => void): () => void
  /**
   * The upstream refused the handshake.
   * @param answer its status and headers
   * @returns headers to try again with, after a 401: of a newer access token, which all who ask for one share. Undefined
   *   where another try would come to the same
   */
  refused(answer: Response): Promise<Record<string, string> | undefined>
  /** The upstream cannot be reached. @returns what to answer instead */
  unavailable(): Response
}

/** What `authorizeUpgrade` says of a WebSocket: what to connect it to, or what to answer instead. */
export type Upgrade = AuthorizedUpgrade | { ok: false; response: Response }

/**
 * Whether a WebSocket may be opened (RFC 6455 §10.2): browsers send cookies with it from every site and ask no CORS
 * preflight, so the `Origin` must be the application's, letter for letter.
 * @returns null for a request that is not for the backend
 */
export async function authorizeUpgrade(
  parts: UpgradeParts,
  request: BffRequest,
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
  request: BffRequest,
  { name, search }: { name: string; search: string },
): Promise<AuthorizedUpgrade> {
  const { settings, sessions, places } = parts
  const socket = settings.sockets.find((one) => one.name === name)
  if (!socket) throw new ProblemError('not_found')
  if (request.headers.get('origin') !== settings.origin) throw new ProblemError('csrf_rejected')
  const session = await requireSession(parts, request)
  const place = places.take(sessionName(session.ticket))
  // A page that leaves before the socket is open.
  request.signal.addEventListener('abort', place.free)
  try {
    await sessions.touch(session)
    const { need, upstream } = socket
    const presented = await presentToken(parts, { session, need, background: new Background() })
    return await authorized(parts, { session, presented, place, url: upstream.href + search })
  } catch (error) {
    place.free()
    throw error
  }
}

interface Authorized {
  session: LiveSession
  presented: PresentedToken
  place: SocketPlace
  url: string
}

async function authorized(
  parts: UpgradeParts,
  { session, presented, place, url }: Authorized,
): Promise<AuthorizedUpgrade> {
  const { ticket, record } = session
  const endsAt = record.absoluteUntil
  // Where only the page has its session renewed, this is the cookie of now: the idle limit of a newer one is later.
  const known = session.renewAt !== undefined && { knownUntil: record.idleUntil }
  const lives = () => parts.sessions.lives(session).catch(() => true)
  // RFC 9449 §4.2: the target URI of the handshake, which is a request of HTTP (RFC 6455 §4.1).
  const handshake = { method: 'GET', url: new URL(url.replace(/^ws/, 'http')) }
  const headersOfTry = async () => {
    let headers: Record<string, string> = {}
    await presented.send(handshake, async (authorization) => {
      headers = authorization
      return new Response()
    })
    return headers
  }
  return {
    ok: true,
    upstreamUrl: url,
    headers: await headersOfTry(),
    endsAt,
    onEnd(listener) {
      place.keep()
      const ended = (code: number) => {
        place.free()
        listener(code)
      }
      const name = sessionName(ticket)
      const stop = parts.watches.add({ name, endsAt, ...known, lives, ended })
      return () => {
        place.free()
        stop()
      }
    },
    async refused(answer) {
      if (answer.status !== 401) return undefined
      // What it says of the proof is heard as if it were sent now.
      await presented.send(handshake, async () => answer)
      return (await presented.mended(answer)) ? headersOfTry() : undefined
    },
    unavailable() {
      place.free()
      return refuse(parts, new ProblemError('upstream_unavailable'))
    },
  }
}

function refuse({ emit }: UpgradeParts, error: unknown): Response {
  return problemResponse(refusalOf(emit, BFF_PATHS.webSocket, error))
}
