import type { Aborting } from '../http/aborting.ts'
import type { UpstreamAnswer } from '../http/exchange.ts'
import { upstreamExchangeOf, type UpstreamFetch, type UpstreamRequest } from '../http/exchanges.ts'

/** By what upstreams are called. */
export interface UpstreamClient {
  call(url: URL, request: UpstreamRequest & { signal: Aborting }): Promise<UpstreamAnswer>
  /**
   * Whether it asks for codings of its own and takes them off, as `fetch` does. Else the page's `Accept-Encoding` goes
   * to the upstream and the answer comes back in its coding, as from any reverse proxy (RFC 9110 §12.5.3).
   */
  decodes: boolean
}

/**
 * How a body that streams is sent. Without `window` and with `error`, Node's fetch makes no copy of it for the request
 * after a redirect, in which the whole body would wait in memory.
 */
const STREAMED = { duplex: 'half', window: null, redirect: 'error' } as const

export function toUpstreamClient(upstreamFetch: UpstreamFetch): UpstreamClient {
  const exchange = upstreamExchangeOf(upstreamFetch)
  if (exchange) return { call: exchange, decodes: false }
  return {
    decodes: true,
    call: (url, { method, headers, body, signal }) =>
      upstreamFetch(url.href, {
        method,
        headers: new Headers([...headers]),
        signal: signal.toSignal(),
        redirect: 'manual',
        ...(body !== null && { body }),
        ...(body instanceof ReadableStream && STREAMED),
      }),
  }
}
