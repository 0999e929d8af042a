import { assertSecureUrl } from './endpoint.ts'
import { AuthError, type AuthErrorCode } from '../errors.ts'
import { parseObject, type JsonObject } from './json.ts'
import type { OAuthContext } from './types.ts'

const TIME_CAP_MS = 10_000
const SIZE_CAP_BYTES = 2 ** 20
const JSON_TYPE = /^application\/([^;]+\+)?json\b/i
/** Of the others nobody can say whether it worked. */
const REFUSAL = /^4(?!08|29)/
/** What `error` may be made of (RFC 6749 §5.2). */
const ERROR = /^[\x20-\x21\x23-\x5b\x5d-\x7e]{1,100}$/
/** Names of what we send and nobody may read in an error: providers quote it in their descriptions. */
const SECRET = /^code|token$/

interface Message extends Pick<RequestInit, 'cache' | 'keepalive'> {
  /** Makes it a POST. */
  body?: URLSearchParams
  /** Only ever in the header (RFC 6750 §2.1, RFC 9700 §4.3.2). */
  bearerToken?: string
}

/**
 * The one door to the network. Whatever comes back, other than one JSON object with status 200, is an AuthError.
 * @param refusal the code of a 4xx other than 408 and 429
 */
export async function requestJson(
  context: OAuthContext,
  url: string,
  refusal: AuthErrorCode,
  { body, bearerToken, ...message }: Message = {},
): Promise<JsonObject> {
  assertSecureUrl('endpoint', url)
  const scrub = (text: string) => {
    for (const [name, value] of [['token', bearerToken] as const, ...(body ?? [])]) {
      if (value && SECRET.test(name)) text = text.replaceAll(value, '***')
    }
    return text.slice(0, 300)
  }

  const signal = context.deadline(TIME_CAP_MS)
  // Also for a fetch that does not mind its signal: nothing hangs.
  const late = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error))
  })
  const talk = async () => {
    const response = await context.fetch(url, {
      cache: 'no-store',
      credentials: 'omit',
      redirect: 'manual',
      referrerPolicy: 'no-referrer',
      signal,
      ...message,
      ...(body && { method: 'POST', body }),
      headers: {
        accept: 'application/json',
        ...(bearerToken && { authorization: `Bearer ${bearerToken}` }),
      },
    })
    return read(response, url, refusal, scrub, context.now() + (context.offset ?? 0))
  }
  try {
    return await Promise.race([talk(), late])
  } catch (error) {
    if (error instanceof AuthError) throw error
    const { name, message } = error instanceof Error ? error : new Error()
    const timeout = name === 'TimeoutError'
    throw new AuthError(timeout ? 'timeout' : 'network', {
      message: timeout
        ? `${url} did not answer in time.`
        : `${url} did not answer: offline, or refused by CORS or CSP (connect-src).`,
      cause: Object.assign(new Error(scrub(message)), { name }),
    })
  }
}

async function read(
  response: Response,
  url: string,
  refusal: AuthErrorCode,
  scrub: (text: string) => string,
  now: number,
): Promise<JsonObject> {
  const { status, headers } = response
  const type = headers.get('content-type') ?? ''
  const json = parseObject(await readCapped(response))
  if (status === 200 && json && JSON_TYPE.test(type)) return json

  if (REFUSAL.test(String(status))) {
    const { error, error_description: description } = json ?? {}
    const word = typeof error === 'string' && ERROR.test(error) ? scrub(error) : undefined
    throw new AuthError(refusal, {
      message: `${url} refused: ${word === 'invalid_client' ? 'register a public client' : (word ?? `status ${status}`)}.`,
      status,
      error: word,
      errorDescription: word && typeof description === 'string' ? scrub(description) : undefined,
    })
  }
  const jwt = /\bjwt\b/.test(type)
  throw new AuthError(jwt ? 'unsupported_provider' : 'provider_unavailable', {
    message: `${url} answered with ${jwt ? 'a JWT' : status === 200 ? 'something else than JSON' : `status ${status}`}.`,
    // An opaque redirect has none.
    status: status || undefined,
    retryAfter: retryAfter(headers.get('retry-after'), now),
  })
}

/** @returns nothing when there is more than anybody needs. */
async function readCapped({ body }: Response): Promise<string> {
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

/** RFC 9110 §10.2.3, in milliseconds. Readable only where CORS exposes it. */
function retryAfter(value: string | null, now: number): number | undefined {
  if (!value) return undefined
  // oxlint-disable-next-line eslint/no-restricted-globals -- parses an HTTP-date, reads no clock
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined
}
