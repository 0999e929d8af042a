import type { Call } from '../routes/route.ts'
import { ProblemError } from './problem.ts'
import { readBody } from './read-body.ts'
import type { BffRequest } from './exchange.ts'

const MAX_BYTES = 16 * 1024

type WithBody = Pick<Call, 'request' | 'url' | 'closing'>

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

export function isForm({ headers }: BffRequest): boolean {
  return /^application\/x-www-form-urlencoded\b/i.test(headers.get('content-type') ?? '')
}

/** The parameters of a request, as they came: of its query, or of the form that was sent. @throws ProblemError */
export async function readForm(call: WithBody): Promise<string> {
  if (call.request.method === 'GET') return call.url.search
  if (!isForm(call.request)) throw new ProblemError('invalid_request')
  return readText(call)
}
