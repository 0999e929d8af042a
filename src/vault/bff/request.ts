import {
  CSRF_HEADER,
  CSRF_HEADER_VALUE,
  SESSION_HEADER,
  type PagePath,
  type ProblemCode,
} from '../../bff-protocol.ts'
import { AuthError, type AuthErrorCode } from '../../errors.ts'
import { attempt } from '../attempt.ts'
import type { VaultEnvironment } from '../environment.ts'
import { ANOTHER_USER } from '../token-errors.ts'

/** A backend waits 8 s for the provider at most; then a page waits no longer either. */
const REQUEST_DEADLINE_MS = 15_000

export type JsonObject = Record<string, unknown>

/** Where the backend is, and how it is reached. */
export interface BffAddress {
  env: Pick<VaultEnvironment, 'fetch' | 'deadline'>
  /** Absolute, without a slash at the end. */
  base: string
  /** The application's own origin: another one of the backend's needs CORS. */
  origin: string
}

/**
 * Makes a request one of the application's own pages', for the session that the page shows
 * (OAuth 2.0 for Browser-Based Applications §6.1.3.3.2).
 */
export function bffHeaders(session?: string | null): Record<string, string> {
  return { [CSRF_HEADER]: CSRF_HEADER_VALUE, ...(session && { [SESSION_HEADER]: session }) }
}

/**
 * One request to the backend: GET without a body, POST with one.
 * @param session which session the request is for; without one: whichever the cookie has
 * @throws AuthError with the backend's stable code in `error`. `session_expired` only where the backend itself says so.
 */
export async function requestBff(
  address: BffAddress,
  path: PagePath | '/session?slide=false',
  body?: object,
  session?: string | null,
): Promise<JsonObject> {
  const url = address.base + path
  const json = 'application/json'
  const post: RequestInit = {
    method: 'POST',
    body: JSON.stringify(body),
    // A sign-out arrives although the page is left for the next one.
    keepalive: true,
  }
  const init: RequestInit = {
    headers: { accept: json, ...bffHeaders(session), ...(body && { 'content-type': json }) },
    cache: 'no-store',
    credentials: 'include',
    // What redirects is something in front of the backend: followed, it would look like an answer of its own.
    redirect: 'manual',
    ...(body && post),
  }
  try {
    return await exchange(address, url, init, async (response) =>
      readAnswer(url, response, parseObject(await response.text())),
    )
  } catch (error) {
    if (error instanceof AuthError) throw error
    throw await unreachableError(address, url, error)
  }
}

/** A request that settles, also with a fetch that does not mind its signal: a service worker's, or a wrapped one. */
function exchange<Answer>(
  { env }: BffAddress,
  url: string,
  init: RequestInit,
  read: (response: Response) => Answer | PromiseLike<Answer>,
): Promise<Answer> {
  const signal = env.deadline(REQUEST_DEADLINE_MS)
  return new Promise((resolve, reject) => {
    signal.onabort = () =>
      reject(new AuthError('timeout', { message: `No answer of ${url} in time.` }))
    env
      .fetch(url, { ...init, signal })
      .then(read)
      .then(resolve, reject)
  })
}

/** What the backend's own problems mean to a caller; any other answer that is no success is nobody's of ours. */
const BY_PROBLEM: Partial<Record<ProblemCode, [code: AuthErrorCode, message?: string]>> = {
  not_authenticated: ['session_expired'],
  session_expired: ['session_expired'],
  reauth_required: ['session_expired'],
  session_changed: ['user_mismatch', ANOTHER_USER],
  token_expired: ['provider_unavailable'],
  token_refused: ['refresh_refused', 'The provider refused this scope or resource.'],
  token_not_allowed: ['token_not_in_page', 'Pages get no such token: use `auth.fetch`.'],
}

function readAnswer(url: string, response: Response, body: JsonObject | undefined): JsonObject {
  const { ok, status, headers } = response
  if (ok && body) return body
  const problem = body?.['code'] as ProblemCode | undefined
  // The provider's own word, where the backend passes one on.
  const said = { status, error: textOf(body?.['error']) ?? problem }
  // By status: it passes by itself (RFC 9110 §15.5.9 and §15.6, RFC 6585 §4).
  if (status === 408 || status === 429 || status >= 500) {
    const seconds = parseFloat(headers.get('retry-after') ?? '')
    const retryAfter = seconds >= 0 ? seconds * 1000 : undefined
    const message = `${url} answered ${status}. Try again later.`
    throw new AuthError('provider_unavailable', { ...said, message, retryAfter })
  }
  const known = problem && BY_PROBLEM[problem]
  if (known) {
    const [code, message = `${url} answered ${problem}.`] = known
    throw new AuthError(code, { ...said, message, errorDescription: textOf(body?.['reason']) })
  }
  // Status 0 is a redirect that was not followed (Fetch §4.4).
  const came = ok ? 'no JSON' : status || 'a redirect'
  // Of the backend's own refusals only a mistake of its options is left, and the title names it.
  throw misconfiguredError(url, came, said, problem && textOf(body?.['title']))
}

/** No answer at all: the network's fault, or, between origins, that of CORS, which only a request without it tells. */
async function unreachableError(
  address: BffAddress,
  url: string,
  cause: unknown,
): Promise<AuthError> {
  const { base, origin } = address
  const isThere =
    new URL(base).origin !== origin &&
    (await exchange(address, url, { mode: 'no-cors' }, () => true).catch(() => false))
  return isThere
    ? misconfiguredError(url, `nothing that CORS lets ${origin} read`)
    : new AuthError('network', { message: `${url} cannot be reached.`, cause })
}

export function misconfiguredError(
  url: string,
  came: string | number,
  said?: object,
  hint = 'is evertoken/bff there?',
): AuthError {
  return new AuthError('bff_misconfigured', {
    ...said,
    message: `${url} answered with ${came}: ${hint}`,
  })
}

/** What is no object has no member that is asked for. */
function parseObject(text: string): JsonObject | undefined {
  return attempt(() => Object(JSON.parse(text)) as JsonObject)
}

export const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : undefined
