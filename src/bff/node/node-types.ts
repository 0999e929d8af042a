// The parts of Node's http and of Express that the bridge uses: written down, so that the package needs no types of
// Node's, and so that everything which behaves like them will do.

export interface NodeRequest extends AsyncIterable<Uint8Array> {
  method?: string | undefined
  url?: string | undefined
  /** Express's: `url` is what is left of it below a router. */
  originalUrl?: string | undefined
  httpVersionMajor?: number | undefined
  rawHeaders: string[]
  headers: Record<string, string | string[] | undefined>
  readableEnded: boolean
  /** What a body parser of Express made of the body. */
  body?: unknown
  /** As `stream.Readable` has it: the stream survives a reader that stops. */
  iterator?(options: { destroyOnReturn: boolean }): AsyncIterator<Uint8Array>
  resume(): unknown
}

export interface NodeResponse {
  readonly headersSent: boolean
  readonly writableFinished: boolean
  readonly destroyed: boolean
  writeHead(status: number, headers: Record<string, string | string[]>): unknown
  write(chunk: Uint8Array): boolean
  end(chunk?: Uint8Array): unknown
  destroy(): unknown
  once(event: 'drain' | 'close', listener: () => void): unknown
  off(event: 'drain' | 'close', listener: () => void): unknown
}

export interface NodeServer {
  close(callback: () => void): unknown
  closeIdleConnections(): void
  closeAllConnections(): void
  prependListener(
    event: 'request',
    listener: (
      incoming: unknown,
      outgoing: { setHeader(name: string, value: string): unknown },
    ) => void,
  ): unknown
}

/** What Node's `upgrade` event is for. */
export interface NodeSocket {
  readonly destroyed: boolean
  end(text: string): unknown
  destroy(): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
  once(event: 'close', listener: () => void): unknown
}
