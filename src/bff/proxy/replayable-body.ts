import { readBody } from '../http/read-body.ts'
import type { Call } from '../routes/route.ts'

/** So much is held back, so that a request can be sent again. */
const MAX_BYTES = 64 * 1024

export interface ReplayableBody {
  canRepeat: boolean
  /** The body for one request; a second time only where it can be repeated. */
  next(): BodyInit | null
}

/** A short body is read before it is sent; a long one, or one of unknown length, streams and goes once. */
export async function replayableBody({
  request,
  closing,
}: Pick<Call, 'request' | 'closing'>): Promise<ReplayableBody> {
  const { body, headers, method } = request
  if (!body || method === 'GET' || method === 'HEAD') return { canRepeat: true, next: () => null }
  const length = Number(headers.get('content-length') ?? Infinity)
  if (length > MAX_BYTES) return { canRepeat: false, next: () => body }
  const whole = await readBody(request, MAX_BYTES, closing)
  const bytes = await whole.arrayBuffer()
  return { canRepeat: true, next: () => bytes }
}
