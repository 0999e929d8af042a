import { AuthError, type AuthErrorOptions } from '../errors.ts'
import { parseObject, type JsonObject } from './json.ts'
import { isJsonType, isSuccess } from './normalize-answer.ts'
import { providerWords, wayOut } from './refusal-message.ts'
import type { RequestRules } from './request-rules.ts'
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

interface Answer extends Pick<RequestRules, 'refusal' | 'isDocument' | 'readJwt'> {
  response: Response
  /** Its body, as `readCapped` returned it. */
  text: string
  sent: SentRequest
  /** Provider time, for `Retry-After`. */
  now: number
}

/** @returns the one JSON object of a success. @throws AuthError for any other answer */
export async function readAnswer(answer: Answer): Promise<JsonObject> {
  const { response, text, sent, refusal, isDocument, readJwt, now } = answer
  const { status, headers } = response
  const type = headers.get('content-type') ?? ''
  const json = parseObject(text)
  const isJwt = /\bjwt\b/.test(type)
  const success = isSuccess(status)
  if (success && json && (isDocument || isJsonType(type))) return json
  if (success && isJwt && readJwt) return readJwt(text)
  // An error is read under any content type.
  if (isRefusal(status)) throw new AuthError(refusal, refusalOf(status, json, sent))
  throw new AuthError(success && isJwt ? 'unsupported_provider' : 'provider_unavailable', {
    message: success
      ? `${sent.url} answered with ${type.slice(0, 100) || 'no content type'}, expected a JSON object of at most 1 MiB (application/json).`
      : `${sent.url} answered with ${status ? `status ${status}` : 'a redirect'}.`,
    // An opaque redirect has none.
    status: status || undefined,
    retryAfter: retryAfter(headers.get('retry-after'), now),
  })
}

/** After any other failure it is open whether the request worked. */
function isRefusal(status: number): boolean {
  return status >= 400 && status < 500 && status !== 408 && status !== 429
}

/** The provider's own words for it (RFC 6749 §5.2), and what to do about them. */
function refusalOf(
  status: number,
  json: JsonObject | undefined,
  sent: SentRequest,
): AuthErrorOptions {
  const { error, error_description: description } = json ?? {}
  const word = typeof error === 'string' && ERROR_CODE.test(error) ? sent.scrub(error) : undefined
  const told = word && typeof description === 'string' ? sent.scrub(description) : undefined
  const words = word ? providerWords(word, told) : `status ${status}.`
  return {
    message: `${sent.url} refused: ${words}${wayOut(word, told, sent.confidential)}`,
    status,
    error: word,
    errorDescription: told,
  }
}

/** RFC 9110 §10.2.3, in milliseconds. Readable only where CORS exposes it. */
function retryAfter(value: string | null, now: number): number | undefined {
  if (!value) return undefined
  // oxlint-disable-next-line eslint/no-restricted-globals -- parses an HTTP-date, reads no clock
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined
}
