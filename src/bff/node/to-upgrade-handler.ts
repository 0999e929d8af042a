import type { Bff } from '../create-bff.ts'
import type { AuthorizedUpgrade } from '../proxy/upgrade.ts'
import { joinSockets } from './join-sockets.ts'
import type { NodeRequest, NodeSocket } from './node-types.ts'
import { refuseUpgrade } from './refuse-upgrade.ts'
import { toWebRequest } from './to-request.ts'
import type { WsLibrary, WsSocket } from './ws-types.ts'

/** One message is held whole. */
const LIMITS = { maxPayload: 16 * 2 ** 20, perMessageDeflate: false }
const HANDSHAKE_TIMEOUT_MS = 10_000

/** `next` is for requests that are not for the backend; without it they are refused. */
export type UpgradeHandler = (
  incoming: NodeRequest,
  socket: NodeSocket,
  head: Uint8Array,
  next?: () => void,
) => void

/**
 * A listener for the `upgrade` event of Node's servers: WebSockets of pages go on to `webSockets`, with an access token.
 * @param ws the package of that name
 *
 * @example
 *     import * as ws from 'ws'
 *     server.on('upgrade', toUpgradeHandler(bff, ws))
 */
export function toUpgradeHandler(
  bff: Pick<Bff, 'authorizeUpgrade'>,
  ws: WsLibrary,
): UpgradeHandler {
  if (typeof bff?.authorizeUpgrade !== 'function') {
    throw new TypeError('toUpgradeHandler: bff must be what createBff gave')
  }
  if (typeof ws?.WebSocketServer !== 'function') {
    throw new TypeError('toUpgradeHandler: ws must be the package of that name')
  }
  const subprotocols = new WeakMap<object, string>()
  const server = new ws.WebSocketServer({
    ...LIMITS,
    noServer: true,
    clientTracking: false,
    // The upstream's choice.
    handleProtocols: (_, incoming) => subprotocols.get(incoming) ?? false,
  })
  return (incoming, socket, head, next) => {
    const left = new AbortController()
    // Without a listener the error of one socket ends the process for all.
    socket.on('error', () => socket.destroy())
    socket.once('close', () => left.abort())
    const serve = async () => {
      const request = toWebRequest(incoming, left.signal)
      const upgrade = request ? await bff.authorizeUpgrade(request) : null
      if (!upgrade && next) return next()
      if (!upgrade) return refuseUpgrade(socket, new Response(null, { status: 404 }))
      if (!upgrade.ok) return refuseUpgrade(socket, upgrade.response)
      const dialled = await connect(ws, upgrade, {
        protocols: offered(incoming),
        left: left.signal,
      })
      if (!dialled) return refuseUpgrade(socket, upgrade.unavailable())
      const { upstream, drop } = dialled
      subprotocols.set(incoming, upstream.protocol)
      // Refused here is only what is no WebSocket handshake.
      server.handleUpgrade(incoming as never, socket as never, head as never, (page) => {
        left.signal.removeEventListener('abort', drop)
        joinSockets(page, upstream, upgrade.onEnd)
      })
    }
    serve().catch(() => socket.destroy())
  }
}

/** RFC 6455 §11.3.4. The library refuses what is no list of them. */
function offered({ headers }: NodeRequest): string[] {
  const names = String(headers['sec-websocket-protocol'] ?? '').split(',')
  return names.map((name) => name.trim()).filter(Boolean)
}

interface Dialled {
  upstream: WsSocket
  /** Ends it, as long as nobody was told of it. */
  drop: () => void
}

/** @returns undefined where the upstream is away, or refuses also what else there is to try */
async function connect(
  ws: WsLibrary,
  { upstreamUrl, headers: first, refused }: AuthorizedUpgrade,
  { protocols, left }: { protocols: string[]; left: AbortSignal },
): Promise<Dialled | undefined> {
  for (let headers: Record<string, string> | undefined = first; headers;) {
    const options = {
      ...LIMITS,
      headers,
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      followRedirects: false,
    }
    const upstream = new ws.WebSocket(upstreamUrl, protocols, options)
    // A page that is gone before it was accepted leaves nothing open.
    const drop = () => upstream.terminate()
    left.addEventListener('abort', drop)
    if (left.aborted) drop()
    const answer = await opens(upstream)
    if (answer === 'open') return { upstream, drop }
    left.removeEventListener('abort', drop)
    headers = answer && !left.aborted ? await refused(answer) : undefined
  }
  return undefined
}

/** @returns `open`, and then not yet read; what refused the handshake; undefined where the upstream is away */
function opens(upstream: WsSocket): Promise<'open' | Response | undefined> {
  return new Promise((resolve) => {
    // Also later: an error is followed by `close`.
    upstream.on('error', () => {})
    upstream.on('close', () => resolve(undefined))
    upstream.on('unexpected-response', (request, { statusCode = 502, headers }) => {
      resolve(refusal(statusCode, headers))
      request.destroy()
    })
    upstream.on('open', () => {
      upstream.pause()
      resolve('open')
    })
  })
}

function refusal(status: number, headers: Record<string, string | string[] | undefined>) {
  const known = ['www-authenticate', 'dpop-nonce'].map((name) => [name, headers[name]])
  const present = known.filter(([, value]) => value !== undefined)
  const isFinal = status >= 200 && status <= 599
  return new Response(null, {
    status: isFinal ? status : 502,
    headers: present.map(([name, value]): [string, string] => [String(name), String(value)]),
  })
}
