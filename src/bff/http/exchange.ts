/** Of a request, or of an upstream's answer. Names are in lower case. */
export interface HeaderFields extends Iterable<[name: string, value: string]> {
  get(name: string): string | null
}

/** Aborted where the client left. */
export interface LeaveSignal {
  readonly aborted: boolean
  addEventListener(type: 'abort', listener: () => void): void
  removeEventListener(type: 'abort', listener: () => void): void
}

/** What the backend reads of a request. A web `Request` is one; a bridge may have one that costs less. */
export interface BffRequest {
  readonly method: string
  readonly url: string
  readonly headers: HeaderFields
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>> | null
  readonly signal: LeaveSignal
}

/** A body that a bridge sends on as it has it. */
export interface DirectBody {
  toStream(): ReadableStream<Uint8Array<ArrayBuffer>>
  cancel(): Promise<void>
}

/** What an upstream answered. A web `Response` is one. */
export interface UpstreamAnswer {
  readonly status: number
  readonly headers: HeaderFields
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>> | DirectBody | null
  readonly type?: string
}

/** What the backend sends back. A web `Response` is one. */
export interface BffResponse extends Omit<UpstreamAnswer, 'headers'> {
  /** In a map no name is there twice, so there is no `Set-Cookie`. */
  readonly headers: Headers | ReadonlyMap<string, string>
}

export function toWebResponse(answer: UpstreamAnswer | BffResponse): Response {
  if (answer instanceof Response) return answer
  const { body, status, headers } = answer
  const stream = body && 'toStream' in body ? body.toStream() : body
  return new Response(stream, { status, headers: [...headers] })
}
