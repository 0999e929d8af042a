import type { Call } from '../routes/route.ts'
import { ProblemError } from './problem.ts'
import { readBody } from './read-body.ts'

const MAX_BYTES = 16 * 1024

type WithBody = Pick<Call, 'request' | 'closing'>

/** @returns the text of a body. @throws ProblemError where it is longer than any that is expected */
export async function readText({ request, closing }: WithBody): Promise<string> {
  const body = await readBody(request, MAX_BYTES, closing)
  return new TextDecoder().decode(await body.arrayBuffer())
}

/** The members of a JSON body; none where there is no body. @throws ProblemError */
export async function readJson(call: WithBody): Promise<Record<string, unknown>> {
  const text = await readText(call)
  if (text === '') return {}
  try {
    const body: unknown = JSON.parse(text)
    if (typeof body === 'object' && body && !Array.isArray(body)) {
      return body as Record<string, unknown>
    }
  } catch {}
  throw new ProblemError('invalid_request')
}
