import type { BffRequest, BffResponse, LeaveSignal, UpstreamAnswer } from './exchange.ts'

// Functions of the public interface take and return the web's objects, which cost more than all else that the backend
// does. These are the same functions without them, found by the public ones: whoever puts a function of their own in the
// place of one is asked in the web's way.

type Handle = (request: Request) => Promise<Response | null>
type Exchange = (request: BffRequest, context?: ExchangeContext) => Promise<BffResponse | null>

/** How a request is made; what `fetch` has beside it is not for upstreams. */
export type UpstreamFetch = (url: string, init: RequestInit) => Promise<Response>
type UpstreamExchange = (url: URL, init: UpstreamRequest) => Promise<UpstreamAnswer>

/** What a bridge has beside the request. */
export interface ExchangeContext {
  /** Calls upstreams where the application says nothing. */
  upstreamFetch?: UpstreamFetch | undefined
}

/** As it comes from a client, or read to its end. */
export type UpstreamBody = ReadableStream<Uint8Array<ArrayBuffer>> | ArrayBuffer | null

export interface UpstreamRequest {
  method: string
  headers: Iterable<[name: string, value: string]>
  body: UpstreamBody
  signal: LeaveSignal
}

const exchanges = new WeakMap<Handle, Exchange>()
const upstreamExchanges = new WeakMap<UpstreamFetch, UpstreamExchange>()

export function setExchange(handle: Handle, exchange: Exchange): void {
  exchanges.set(handle, exchange)
}

export function exchangeOf(handle: Handle): Exchange | undefined {
  return exchanges.get(handle)
}

export function setUpstreamExchange(
  upstreamFetch: UpstreamFetch,
  exchange: UpstreamExchange,
): void {
  upstreamExchanges.set(upstreamFetch, exchange)
}

export function upstreamExchangeOf(upstreamFetch: UpstreamFetch): UpstreamExchange | undefined {
  return upstreamExchanges.get(upstreamFetch)
}
