import type { AuthErrorCode } from '../errors.ts'
import type { ExpiryReason } from './expiry-reason.ts'

/** What one failed refresh means. */
export type Verdict =
  /**
   * Keep the session, try again later. `ambiguous`: the provider may have acted, so that the refresh token is spent;
   * `unclear`: a refusal without a clear code, of which the first few are taken for chance.
   */
  | { kind: 'transient'; ambiguous: boolean; unclear?: true }
  /**
   * This one need was refused (its scope or resource); the session and its other tokens live on. `doubtful`: in words
   * that speak of the refresh token or the client, and that the session's own request should confirm.
   */
  | { kind: 'need'; doubtful?: true }
  | { kind: 'terminal'; reason: ExpiryReason }

interface Failure {
  code: AuthErrorCode
  status?: number | undefined
  error?: string | undefined
}

/** What is known of the refresh token that was refused. */
export interface RefreshHistory {
  /** An earlier request with the same refresh token may have been acted upon, its answer lost. */
  ambiguous: boolean
  /** Refusals without a clear code so far, of this refresh token. */
  refusals: number
  /** The same of a request for another need, which speaks for itself alone: it names an end, and is never one. */
  maybeSpent?: boolean
}

/** What is known of a refresh token that was not refused yet. */
export const CLEAN_HISTORY: RefreshHistory = { ambiguous: false, refusals: 0 }

/** What must be assumed of a refresh token from when it is sent until its answer is here. */
export function whileUnanswered(history: RefreshHistory, narrowed: boolean): RefreshHistory {
  return { ...history, [narrowed ? 'maybeSpent' : 'ambiguous']: true }
}

/** A refusal without a clear code is retried this often: real providers answer a dead token with a bare 400. */
const MAX_UNCLEAR_REFUSALS = 2

/** What each `error` of the token endpoint means (RFC 6749 §5.2, OpenID Connect Core §3.1.2.6, RFC 8707 §2). */
const VERDICT_BY_ERROR: Record<string, Verdict> = {
  invalid_grant: terminal('invalid_grant'),
  invalid_client: terminal('refresh_refused'),
  unauthorized_client: terminal('refresh_refused'),
  unsupported_grant_type: terminal('refresh_refused'),
  interaction_required: terminal('interaction_required'),
  login_required: terminal('interaction_required'),
  consent_required: terminal('interaction_required'),
  temporarily_unavailable: { kind: 'transient', ambiguous: false },
  server_error: { kind: 'transient', ambiguous: true },
  // The request was refused for its proof (RFC 9449 §5, §8), which says nothing of the refresh token.
  invalid_dpop_proof: { kind: 'transient', ambiguous: false },
  use_dpop_nonce: { kind: 'transient', ambiguous: false },
  slow_down: { kind: 'transient', ambiguous: false },
}

/**
 * They speak of the refresh token or the client (RFC 6749 §5.2), so the session would be over; but Microsoft Entra ID
 * says `invalid_grant` of a resource that the user has not consented to (AADSTS65001).
 */
const DOUBTFUL_NEED_ERRORS = ['invalid_grant', 'invalid_client']

/**
 * The one table by which a failed refresh is judged.
 * @param narrowed the request named a scope or resource of its own: providers refuse those in many words, and what
 *   they answer to them says nothing of the session's own token
 * @param confidential the client has credentials of its own: where those are refused, after an operator's mistake or
 *   when a secret ran out, that says nothing of any user's session
 */
export function judge(
  failure: Failure,
  history: RefreshHistory,
  narrowed = false,
  confidential = false,
): Verdict {
  switch (failure.code) {
    case 'refresh_refused':
      if (confidential && failure.error === 'invalid_client') {
        return { kind: 'transient', ambiguous: false }
      }
      return judgeRefusal(failure, history, narrowed)
    case 'user_mismatch':
      return terminal('user_changed')
    case 'id_token_invalid':
    case 'signature_unverifiable':
      // The answer is discarded and its refresh token revoked: nothing is left to renew with.
      return terminal('id_token_invalid')
    case 'invalid_response':
      return narrowed ? { kind: 'need' } : unclear(history, true)
    default:
      // 429 and 408 say that nothing was done; any other failure may hide a rotation.
      return { kind: 'transient', ambiguous: failure.status !== 429 && failure.status !== 408 }
  }
}

function judgeRefusal(
  { error = '', status }: Failure,
  history: RefreshHistory,
  narrowed: boolean,
): Verdict {
  const verdict = Object.hasOwn(VERDICT_BY_ERROR, error) ? VERDICT_BY_ERROR[error] : undefined
  if (narrowed && verdict?.kind !== 'transient') {
    return DOUBTFUL_NEED_ERRORS.includes(error)
      ? { kind: 'need', doubtful: true }
      : { kind: 'need' }
  }
  // Some providers answer a spent token with a 400 that says nothing.
  const isInvalid = error === 'invalid_grant'
  const mayMeanSpent = isInvalid || (error === '' && status === 400)
  // The provider acted, its answer never came, and so this was the spent token (RFC 9700 §4.14.2).
  if ((mayMeanSpent && history.ambiguous) || (isInvalid && history.maybeSpent)) {
    return terminal('answer_lost')
  }
  // `invalid_scope` and `invalid_target` are among the unclear: to ask for the same again is a dead end.
  return verdict ?? unclear(history, false)
}

function terminal(reason: ExpiryReason): Verdict {
  return { kind: 'terminal', reason }
}

function unclear({ refusals }: RefreshHistory, ambiguous: boolean): Verdict {
  return refusals < MAX_UNCLEAR_REFUSALS
    ? { kind: 'transient', ambiguous, unclear: true }
    : terminal('refresh_refused')
}
