import type { Bff } from '../create-bff.ts'
import { Aborting } from '../http/aborting.ts'
import type { BffResponse } from '../http/exchange.ts'
import { exchangeOf } from '../http/exchanges.ts'
import type { NodeRequest, NodeResponse } from './node-types.ts'
import { findOwnClient } from './own-client.ts'
import { sendResponse } from './send-response.ts'
import { toRequest, toWebRequest } from './to-request.ts'

const upstreamFetch = findOwnClient()

/** `next` is Express's: called for requests that are not for the backend, and with what went wrong. */
export type NodeHandler = (
  incoming: NodeRequest,
  outgoing: NodeResponse,
  next?: (error?: unknown) => void,
) => void

/**
 * A handler for Node's `http.createServer` and for Express's `app.use`, to be put before any body parser. Upstreams are
 * called by Node's own client where the option `upstreamFetch` says nothing else.
 *
 * @example
 *     createServer(toNodeHandler(bff)).listen(3000)
 */
export function toNodeHandler(bff: Pick<Bff, 'handle'>): NodeHandler {
  if (typeof bff?.handle !== 'function') {
    throw new TypeError('toNodeHandler: bff must be what createBff gave')
  }
  return (incoming, outgoing, next) => {
    serve(bff, incoming, outgoing, next).catch((error: unknown) => {
      if (outgoing.headersSent) outgoing.destroy()
      else if (next) next(error)
      else {
        outgoing.writeHead(500, {})
        outgoing.end()
      }
    })
  }
}

async function serve(
  bff: Pick<Bff, 'handle'>,
  incoming: NodeRequest,
  outgoing: NodeResponse,
  next: ((error?: unknown) => void) | undefined,
): Promise<void> {
  const left = new Aborting()
  outgoing.once('close', () => {
    if (!outgoing.writableFinished) left.abort()
  })
  const response = await answerOf(bff, incoming, left)
  if (response) await sendResponse(response, outgoing)
  else if (next) next()
  else {
    outgoing.writeHead(response === null ? 404 : 400, {})
    outgoing.end()
  }
}

/** @returns null for a request that is not for the backend; undefined for one that the web does not have */
async function answerOf(
  bff: Pick<Bff, 'handle'>,
  incoming: NodeRequest,
  left: Aborting,
): Promise<BffResponse | null | undefined> {
  const exchange = exchangeOf(bff.handle)
  if (exchange) {
    const request = toRequest(incoming, left)
    return request && exchange(request, { upstreamFetch })
  }
  const request = toWebRequest(incoming, left.toSignal())
  return request && bff.handle(request)
}
