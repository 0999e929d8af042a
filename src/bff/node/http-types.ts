// The parts of Node's `http` and `https` by which upstreams are called.

export interface HttpAnswer {
  readonly statusCode?: number | undefined
  readonly rawHeaders: string[]
  readonly complete: boolean
  on(event: 'data', listener: (chunk: Uint8Array<ArrayBuffer>) => void): unknown
  on(event: 'end' | 'close', listener: () => void): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
  pause(): unknown
  resume(): unknown
  destroy(): unknown
}

export interface HttpCall {
  readonly reusedSocket: boolean
  readonly writableEnded: boolean
  readonly destroyed: boolean
  on(event: 'response', listener: (answer: HttpAnswer) => void): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
  on(event: 'close', listener: () => void): unknown
  once(event: 'drain' | 'close', listener: () => void): unknown
  off(event: 'drain' | 'close', listener: () => void): unknown
  write(chunk: Uint8Array): boolean
  end(chunk?: Uint8Array): unknown
  destroy(error?: Error): unknown
}

export interface HttpModule {
  Agent: new (options: { keepAlive: boolean; timeout: number }) => object
  request(options: {
    protocol: string
    hostname: string
    port: string
    path: string
    method: string
    /** Name and value by turns: they are sent as they are. */
    headers: string[]
    agent: never
  }): HttpCall
}

/** `import * as http from 'node:http'`, and the same for `https`. */
export interface HttpModules {
  http: HttpModule
  https: HttpModule
}
