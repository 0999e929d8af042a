import type { ProblemCode } from '../../bff-protocol.ts'
import { AuthError, type AuthErrorCode } from '../../errors.ts'
import { ProblemError } from '../http/problem.ts'

/** What a sign-in that failed is called outside. Every other failure is `login_failed`. */
const CODES: Partial<Record<AuthErrorCode, ProblemCode>> = {
  state_mismatch: 'state_mismatch',
  issuer_mismatch: 'issuer_mismatch',
  signed_out: 'login_expired',
  access_denied: 'login_refused',
  login_required: 'login_refused',
  interaction_required: 'login_refused',
  consent_required: 'login_refused',
  account_selection_required: 'login_refused',
  authorization_failed: 'login_refused',
  network: 'provider_unavailable',
  timeout: 'provider_unavailable',
  provider_unavailable: 'provider_unavailable',
  store_unavailable: 'store_unavailable',
}

export function toSignInProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error
  if (!(error instanceof AuthError)) throw error
  const code = CODES[error.code] ?? 'login_failed'
  return new ProblemError(code, { error: error.error, retryAfter: error.retryAfter })
}
