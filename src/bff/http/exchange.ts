/** What the backend reads of a request. A web `Request` is one; a bridge may have one that costs less. */
export interface BffRequest {
  readonly method: string
  readonly url: string
  readonly headers: RequestHeaders
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>> | null
  readonly signal: LeaveSignal
}

/** Names are in lower case. */
export interface RequestHeaders extends Iterable<[name: string, value: string]> {
  get(name: string): string | null
}

/** Aborted where the client left. */
export interface LeaveSignal {
  readonly aborted: boolean
  addEventListener(type: 'abort', listener: () => void, options?: { once: boolean }): void
}

/** What the backend sends back. A web `Response` is one. */
export interface BffResponse {
  readonly status: number
  readonly headers: Headers
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>> | null
}

export function toWebResponse(response: BffResponse): Response {
  if (response instanceof Response) return response
  const { body, status, headers } = response
  return new Response(body, { status, headers })
}
