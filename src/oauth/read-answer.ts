import { AuthError, type AuthErrorCode, type AuthErrorOptions } from '../errors.ts'
import { parseObject, type JsonObject } from './json.ts'
import { isJsonType } from './normalize-answer.ts'
import type { SentRequest } from './sent-request.ts'

// Ours instead of the library's `process…Response`: one table of what an answer means for the session, for every
// endpoint, and no error of the library's, whose `cause` is the response with its tokens.

const SIZE_CAP_BYTES = 2 ** 20
/** What `error` may be made of (RFC 6749 §5.2). */
const ERROR_CODE = /^[\x20-\x21\x23-\x5b\x5d-\x7e]{1,100}$/

/** @returns nothing when there is more than any answer needs. */
export async function readCapped({ body }: Response): Promise<string> {
  const reader = body?.getReader()
  const chunks: BlobPart[] = []
  let size = 0
  for (;;) {
    const { value } = (await reader?.read()) ?? {}
    if (!value) return new Blob(chunks).text()
    size += value.length
    if (size > SIZE_CAP_BYTES) {
      reader?.cancel().catch(() => {})
      return ''
    }
    chunks.push(value)
  }
}

interface Answer {
  response: Response
  /** Its body, as `readCapped` returned it. */
  text: string
  sent: SentRequest
  /** The code of an AuthError for a 4xx other than 408 and 429. */
  refusal: AuthErrorCode
  /** Provider time, for `Retry-After`. */
  now: number
}

/** @returns the body of a 200 with one JSON object. @throws AuthError for any other answer */
export function readAnswer({ response, text, sent, refusal, now }: Answer): JsonObject {
  const { status, headers } = response
  const type = headers.get('content-type') ?? ''
  const json = parseObject(text)
  if (status === 200 && json && isJsonType(type)) return json
  // An error is read under any content type.
  if (isRefusal(status)) throw new AuthError(refusal, refusalOf(status, json, sent))
  const isJwt = /\bjwt\b/.test(type)
  const instead = status === 200 ? 'something else than JSON' : `status ${status}`
  throw new AuthError(isJwt ? 'unsupported_provider' : 'provider_unavailable', {
    message: `${sent.url} answered with ${isJwt ? 'a JWT' : instead}.`,
    // An opaque redirect has none.
    status: status || undefined,
    retryAfter: retryAfter(headers.get('retry-after'), now),
  })
}

/** After any other failure it is open whether the request worked. */
function isRefusal(status: number): boolean {
  return status >= 400 && status < 500 && status !== 408 && status !== 429
}

/** The provider's own words for it (RFC 6749 §5.2). */
function refusalOf(
  status: number,
  json: JsonObject | undefined,
  sent: SentRequest,
): AuthErrorOptions {
  const { error, error_description: description } = json ?? {}
  const word = typeof error === 'string' && ERROR_CODE.test(error) ? sent.scrub(error) : undefined
  const hint = word === 'invalid_client' && !sent.confidential ? 'register a public client' : word
  return {
    message: `${sent.url} refused: ${hint ?? `status ${status}`}.`,
    status,
    error: word,
    errorDescription: word && typeof description === 'string' ? sent.scrub(description) : undefined,
  }
}

/** RFC 9110 §10.2.3, in milliseconds. Readable only where CORS exposes it. */
function retryAfter(value: string | null, now: number): number | undefined {
  if (!value) return undefined
  // oxlint-disable-next-line eslint/no-restricted-globals -- parses an HTTP-date, reads no clock
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined
}
