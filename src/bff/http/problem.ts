import { PROBLEM_STATUS, type Problem, type ProblemCode } from '../../bff-protocol.ts'
import { AuthError } from '../../errors.ts'

interface ProblemDetails {
  /** Where the code alone does not say what to do. */
  title?: string | undefined
  /** What ended a session. */
  reason?: string | undefined
  /** The provider's `error`. */
  error?: string | undefined
  /** Milliseconds. */
  retryAfter?: number | undefined
  headers?: [string, string][]
}

const TITLES: Partial<Record<ProblemCode, string>> = {
  not_authenticated: 'Nobody is signed in.',
  session_expired: 'The session ended. Sign in again.',
  reauth_required: 'The session could not be continued. Sign in again.',
  csrf_rejected: 'Only pages of this application may ask: send x-csrf: 1 from the same origin.',
  provider_unavailable: 'The identity provider does not answer. Try again later.',
  store_unavailable: 'Sessions are out of reach. Try again later.',
  token_not_allowed:
    '`mediated` lists no such access token: call the protected resource through `proxy`.',
  token_expired: 'The access token is over. Renew it: POST /refresh, one tab at a time.',
  session_too_large:
    'This session is too large for cookies. Give createBff a store, as of evertoken/bff/redis; or ask the provider for shorter tokens: fewer scopes, fewer claims.',
  login_refused: 'The identity provider refused this sign-in. Begin it again.',
  login_failed:
    'The answer of the identity provider to this sign-in does not hold. Begin it again.',
  login_expired: 'This sign-in took too long, or was finished before. Begin it again.',
  state_mismatch: 'This is not the response to a sign-in of this browser. Begin it again.',
}

/** A request that ends in a problem (RFC 9457). Nothing but the code and the provider's word for it leaves the server. */
export class ProblemError extends Error {
  readonly code: ProblemCode
  readonly details: ProblemDetails

  constructor(code: ProblemCode, details: ProblemDetails = {}) {
    super(code)
    this.code = code
    this.details = details
  }
}

export function problemResponse({ code, details }: ProblemError): Response {
  const { title, reason, error, retryAfter, headers = [] } = details
  const status = PROBLEM_STATUS[code]
  const problem: Problem = {
    type: 'about:blank',
    title: title ?? TITLES[code] ?? code.replaceAll('_', ' '),
    status,
    code,
    ...(reason !== undefined && { reason }),
    ...(error !== undefined && { error }),
  }
  const response = new Response(JSON.stringify(problem), {
    status,
    headers: {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    },
  })
  if (retryAfter !== undefined || status === 503) {
    // RFC 9110 §10.2.3: whole seconds.
    response.headers.set('retry-after', String(Math.max(1, Math.ceil((retryAfter ?? 1000) / 1000))))
  }
  for (const [name, value] of headers) response.headers.append(name, value)
  return response
}

/** What an error of the protocol or of the policy means to whoever asked for a token. */
export function toProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error
  if (!(error instanceof AuthError)) throw error
  const { retryAfter, error: word } = error
  switch (error.code) {
    case 'signed_out':
      return new ProblemError('not_authenticated')
    case 'refresh_refused':
      return new ProblemError('token_refused', { error: word })
    case 'store_unavailable':
    case 'min_validity_unattainable':
      return new ProblemError(error.code, { retryAfter })
    default:
      return new ProblemError('provider_unavailable', { retryAfter })
  }
}
