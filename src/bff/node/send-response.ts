import { drained } from './drained.ts'
import type { BffResponse } from '../http/exchange.ts'
import { NodeBody } from './node-body.ts'
import type { NodeResponse } from './node-types.ts'

/** Sends a response as fast as the client takes it. A client that leaves ends the reading at its source. */
export async function sendResponse(response: BffResponse, outgoing: NodeResponse): Promise<void> {
  const headers: Record<string, string | string[]> = Object.fromEntries(response.headers)
  // Several stay several: a comma may be in a date (RFC 6265 §3).
  const cookies = response.headers instanceof Headers ? response.headers.getSetCookie() : []
  if (cookies.length > 0) headers['set-cookie'] = cookies
  outgoing.writeHead(response.status, headers)
  const { body } = response
  if (body instanceof NodeBody) return body.sendTo(outgoing)
  const stream = body && 'toStream' in body ? body.toStream() : body
  const reader = stream?.getReader()
  if (!reader) {
    outgoing.end()
    return
  }
  outgoing.once('close', () => void reader.cancel().catch(() => {}))
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done || outgoing.destroyed) break
      if (!outgoing.write(value)) await drained(outgoing)
    }
    outgoing.end()
  } catch {
    // Cut off: what came so far must not pass for the whole.
    outgoing.destroy()
  }
}
