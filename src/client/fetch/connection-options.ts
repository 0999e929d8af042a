import type { AccessTokenNeed } from '../tokens/access-token.ts'

/** What a connection is opened with. */
export interface ConnectionStart {
  /** Valid now. Undefined behind a backend that keeps it: there the cookie goes along. */
  accessToken: string | undefined
  /** Whose, by `sub`. */
  subject: string
  /** Aborted when the connection has to end. */
  signal: AbortSignal
}

/** A WebSocket, an EventSource, or what is like them. */
export interface OpenConnection {
  addEventListener(type: 'close' | 'error', listener: () => void): void
  close(): void
}

/** How `auth.connect` opens a connection, and for which access token. */
export interface ConnectOptions<
  Resource extends string = string,
> extends AccessTokenNeed<Resource> {
  /**
   * Opens one connection. A promise instead (server-sent events by `fetch`) settles when the connection is over.
   * What it throws is thrown where an application's own mistakes are reported, and ends the whole.
   */
  open(start: ConnectionStart): OpenConnection | PromiseLike<unknown>
}
