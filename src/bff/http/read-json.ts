import { ProblemError } from './problem.ts'

const MAX_BYTES = 16 * 1024

/** @returns the text of a body. @throws ProblemError where it is longer than any that is expected */
export async function readText(request: Request): Promise<string> {
  const reader = request.body?.getReader()
  const chunks: Uint8Array<ArrayBuffer>[] = []
  let size = 0
  for (;;) {
    const { value } = (await reader?.read()) ?? {}
    if (!value) return new TextDecoder().decode(await new Blob(chunks).arrayBuffer())
    size += value.length
    if (size > MAX_BYTES) {
      reader?.cancel().catch(() => {})
      throw new ProblemError('invalid_request')
    }
    chunks.push(value)
  }
}

/** The members of a JSON body; none where there is no body. @throws ProblemError */
export async function readJson(request: Request): Promise<Record<string, unknown>> {
  const text = await readText(request)
  if (text === '') return {}
  try {
    const body: unknown = JSON.parse(text)
    if (typeof body === 'object' && body && !Array.isArray(body)) {
      return body as Record<string, unknown>
    }
  } catch {}
  throw new ProblemError('invalid_request')
}
