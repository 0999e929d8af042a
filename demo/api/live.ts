import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'
import { refused } from './answer.ts'
import type { Conduct } from './behaviour.ts'
import type { Verify } from './verify-token.ts'
import type { ApiWatch } from './watch.ts'

export interface Live {
  /** Tells a user's pages that their notes are others now. */
  tell(sub: string): void
  /** Breaks every connection, as a restart of the server would. */
  cut(): void
}

/** RFC 6455 has no name for it: 1012 of IANA's registry. */
const SERVICE_RESTART = 1012

/** A WebSocket at /live: its token comes with the handshake, and is looked at then and never again. */
export function createLive(
  server: Server,
  verify: Verify,
  conduct: Conduct,
  watch: ApiWatch,
): Live {
  const sockets = new Map<WebSocket, string>()
  const handshakes = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) => offered.has('bearer') && 'bearer',
  })

  async function open(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const started = performance.now()
    const caller = await verify(tokenOf(request))
    const jti = 'jti' in caller ? caller.jti : undefined
    const { pathname: path } = new URL(request.url ?? '/', 'http://localhost')
    const refusal = 'status' in caller ? caller : conduct.refusal(caller, false)
    const status = path !== '/live' ? 404 : (refusal?.status ?? 101)
    const ms = Math.round(performance.now() - started)
    const { headers = {} } = refusal ? refused(refusal) : {}
    const challenge = headers['www-authenticate']
    watch.answered({ at: Date.now(), method: 'WebSocket', path, status, ms, jti, challenge })
    if (status !== 101 || 'status' in caller) {
      const lines = Object.entries({ ...headers, connection: 'close' }).map(
        ([name, value]) => `${name}: ${value}\r\n`,
      )
      return void socket.end(`HTTP/1.1 ${status} Refused\r\n${lines.join('')}\r\n`)
    }
    handshakes.handleUpgrade(request, socket, head, (connection) => {
      sockets.set(connection, caller.sub)
      watch.connected(1)
      connection.on('error', () => connection.terminate())
      connection.once('close', () => {
        sockets.delete(connection)
        watch.connected(-1)
      })
      connection.send('connected')
    })
  }

  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy())
    open(request, socket, head).catch(() => socket.destroy())
  })
  return {
    tell(sub) {
      for (const [socket, whose] of sockets) if (whose === sub) socket.send('changed')
    },
    cut() {
      for (const socket of sockets.keys()) socket.close(SERVICE_RESTART)
    },
  }
}

/** A browser's WebSocket has no headers of the page's own: the token is offered as a subprotocol, after its scheme. */
function tokenOf({ headers }: IncomingMessage): string | undefined {
  const [, bearer] = /^Bearer (.+)$/i.exec(headers.authorization ?? '') ?? []
  const [scheme, token] = (headers['sec-websocket-protocol'] ?? '').split(/\s*,\s*/)
  return bearer ?? (scheme === 'bearer' ? token : undefined)
}
