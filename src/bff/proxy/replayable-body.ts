import { ProblemError } from '../http/problem.ts'
import type { UpstreamBody } from '../http/exchanges.ts'
import { readBody } from '../http/read-body.ts'
import type { Call } from '../routes/route.ts'

/** So much is held back, so that a request can be sent again. */
const MAX_BYTES = 64 * 1024

export interface ReplayableBody {
  canRepeat: boolean
  /**
   * The body for one request; a second time only where it can be repeated.
   * @param onMove called where it streams, with each part that goes on
   */
  next(onMove: () => void): UpstreamBody
  /** It did not come to its end, or to another one than was announced. */
  brokeOff(): boolean
}

/** A short body is read before it is sent; a long one, or one of unknown length, streams and goes once. */
export async function replayableBody({
  request,
  closing,
}: Pick<Call, 'request' | 'closing'>): Promise<ReplayableBody> {
  const { body, headers, method } = request
  const never = () => false
  if (!body || method === 'GET' || method === 'HEAD') {
    return { canRepeat: true, next: () => null, brokeOff: never }
  }
  const length = Number(headers.get('content-length') ?? NaN)
  if (!(length <= MAX_BYTES)) return streamed(body, length)
  const whole = await readBody(request, MAX_BYTES, closing)
  if (whole.size !== length) throw new ProblemError('request_aborted')
  const bytes = await whole.arrayBuffer()
  return { canRepeat: true, next: () => bytes, brokeOff: never }
}

/**
 * Frameworks in front cut long bodies off and go on as if nothing was (Next's proxy does at 10 MB): the upstream must
 * not take a part for the whole.
 * @param length that was announced; NaN where none was
 */
function streamed(body: ReadableStream<Uint8Array>, length: number): ReplayableBody {
  let brokenOff = false
  let size = 0
  let moved = () => {}
  const breakOff = (error: unknown) => {
    brokenOff = true
    return error
  }
  const reader = body.getReader()
  const whole = new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      async pull(controller) {
        const { done, value } = await reader.read().catch((error: unknown) => {
          throw breakOff(error)
        })
        if (value) {
          size += value.length
          moved()
          controller.enqueue(value as Uint8Array<ArrayBuffer>)
        }
        const isWrong = done ? size < length : size > length
        if (isWrong) throw breakOff(new Error('The body is not as long as was announced.'))
        if (done) controller.close()
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  )
  const next = (onMove: () => void) => {
    moved = onMove
    return whole
  }
  return { canRepeat: false, next, brokeOff: () => brokenOff }
}
