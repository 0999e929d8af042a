import type { Closing } from './closing.ts'
import { ProblemError } from './problem.ts'
import type { BffRequest } from './exchange.ts'

/**
 * The whole body of a request.
 * @param closing who sends slowly is not waited for then
 * @throws ProblemError where it is longer than any that is expected, or does not come to its end
 */
export async function readBody(
  { body }: BffRequest,
  maxBytes: number,
  closing: Closing,
): Promise<Blob> {
  const reader = body?.getReader()
  const chunks: Uint8Array<ArrayBuffer>[] = []
  let size = 0
  const cancel = () => void reader?.cancel().catch(() => {})
  const stop = closing.listen(cancel)
  try {
    for (;;) {
      const { value } = (await nextOf(reader)) ?? {}
      // A reading that was cancelled ends as if the body did.
      if (closing.begun && body) throw new ProblemError('request_aborted')
      if (!value) return new Blob(chunks)
      size += value.length
      if (size > maxBytes) {
        cancel()
        throw new ProblemError('invalid_request')
      }
      chunks.push(value)
    }
  } finally {
    stop()
  }
}

async function nextOf(reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> | undefined) {
  try {
    return await reader?.read()
  } catch {
    // The client left in the middle of it: no mistake of anybody's here.
    throw new ProblemError('request_aborted')
  }
}
