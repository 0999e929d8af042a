import type { BffRequest, BffResponse } from './exchange.ts'

type Handle = (request: Request) => Promise<Response | null>
type Exchange = (request: BffRequest) => Promise<BffResponse | null>

/**
 * How a bridge asks the backend without the web's objects, which cost more than all else that the backend does. By
 * `handle` itself: whoever puts a function of their own in its place is asked in the web's way.
 */
const exchanges = new WeakMap<Handle, Exchange>()

export function setExchange(handle: Handle, exchange: Exchange): void {
  exchanges.set(handle, exchange)
}

export function exchangeOf(handle: Handle): Exchange | undefined {
  return exchanges.get(handle)
}
