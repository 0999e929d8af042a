import type { Bff } from '../create-bff.ts'
import type { AuthorizedUpgrade } from '../proxy/upgrade.ts'
import { joinSockets } from './join-sockets.ts'
import type { NodeRequest, NodeSocket } from './node-types.ts'
import { refuseUpgrade } from './refuse-upgrade.ts'
import { toRequest } from './to-request.ts'
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
      const upgrade = await bff.authorizeUpgrade(toRequest(incoming, left.signal))
      if (!upgrade && next) return next()
      if (!upgrade) return refuseUpgrade(socket, new Response(null, { status: 404 }))
      if (!upgrade.ok) return refuseUpgrade(socket, upgrade.response)
      const upstream = dial(ws, upgrade, offered(incoming))
      // A page that is gone before it was accepted leaves nothing open.
      const drop = () => upstream.terminate()
      left.signal.addEventListener('abort', drop)
      if (left.signal.aborted) drop()
      if (!(await opens(upstream))) return refuseUpgrade(socket, upgrade.unavailable())
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

function dial(
  { WebSocket }: WsLibrary,
  { upstreamUrl, headers }: AuthorizedUpgrade,
  protocols: string[],
): WsSocket {
  const upstream = new WebSocket(upstreamUrl, protocols, {
    ...LIMITS,
    headers,
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    followRedirects: false,
  })
  // Also later: an error is followed by `close`.
  upstream.on('error', () => {})
  return upstream
}

/** @returns whether it is open, and then not yet read; false where the upstream is away or refuses */
function opens(upstream: WsSocket): Promise<boolean> {
  return new Promise((resolve) => {
    upstream.on('close', () => resolve(false))
    upstream.on('open', () => {
      upstream.pause()
      resolve(true)
    })
  })
}
