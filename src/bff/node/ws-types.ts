// The parts of the package `ws` that the bridge uses: written down, so that nobody without WebSockets needs it.

/** What `ws` hands out, and takes. */
export type WsData = Uint8Array | ArrayBuffer | Uint8Array[]

export interface WsSocket {
  readonly bufferedAmount: number
  readonly isPaused: boolean
  readonly protocol: string
  pause(): void
  resume(): void
  send(data: WsData, options: { binary: boolean }, sent: (error?: Error) => void): void
  ping(): void
  close(code?: number, reason?: string): void
  terminate(): void
  on(event: 'message', listener: (data: WsData, isBinary: boolean) => void): unknown
  on(event: 'close', listener: (code: number, reason: Uint8Array) => void): unknown
  on(event: 'pong' | 'open', listener: () => void): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
  on(
    event: 'unexpected-response',
    listener: (request: { destroy(): unknown }, response: WsRefusal) => void,
  ): unknown
}

/** What an upstream answers that does not open a socket. */
export interface WsRefusal {
  statusCode?: number | undefined
  headers: Record<string, string | string[] | undefined>
}

interface WsLimits {
  maxPayload: number
  perMessageDeflate: boolean
}

export interface WsClientOptions extends WsLimits {
  headers: Record<string, string>
  handshakeTimeout: number
  followRedirects: boolean
}

export interface WsServerOptions extends WsLimits {
  noServer: true
  clientTracking: boolean
  handleProtocols: (offered: Set<string>, incoming: object) => string | false
}

/** `import * as ws from 'ws'` is one. */
export interface WsLibrary {
  WebSocket: new (url: string, protocols: string[], options: WsClientOptions) => WsSocket
  WebSocketServer: new (options: WsServerOptions) => WsServer
}

export interface WsServer {
  handleUpgrade(
    incoming: never,
    socket: never,
    head: never,
    accepted: (client: WsSocket) => void,
  ): void
}
