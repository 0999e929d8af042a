import { AuthError } from '../errors.ts'
import type { RefusedGrant, TokenGrant } from '../oauth/grant-result.ts'
import { refreshTokens, type RefreshRequest } from '../oauth/refresh-grant.ts'
import type { RelyingParty } from '../oauth/relying-party.ts'
import type { ExpiryReason } from './expiry-reason.ts'
import { CLEAN_HISTORY, judge, type RefreshHistory, type Verdict } from './verdict.ts'

export interface Refresh extends RefreshRequest {
  /** What is known of the refresh token so far. */
  history: RefreshHistory
  /** The request names a scope or resource of its own: a refusal may speak of that alone. */
  narrowed: boolean
}

/** What one refresh came to. `history`: what is known of the family's refresh token from now on. */
export type RefreshOutcome =
  { kind: 'refreshed'; grant: TokenGrant; history: RefreshHistory } | FailedRefresh

export type FailedRefresh = {
  error: AuthError
  /** The refresh token of an answer that was thrown away: the caller must revoke it (RFC 7009). */
  discarded: string | undefined
  /**
   * The refresh token of an answer that was refused for its form: the family's from now on. The one that was sent may
   * be spent, and must not be sent again.
   */
  newest: string | undefined
} &
  /** `lost`: the provider may have acted, and its answer is not here, nor the refresh token in it. */
  (
    | { kind: 'transient'; history: RefreshHistory; lost: boolean }
    /** Of the refresh token it says nothing for certain: see `Verdict`. */
    | { kind: 'need'; history: RefreshHistory; doubtful: boolean }
    | { kind: 'terminal'; reason: ExpiryReason }
  )

/**
 * One refresh, from the request to what it means: for a browser's vault and for a backend. It neither waits nor
 * retries, and changes nothing but what the provider does. @throws TypeError for a resource that is not one
 */
export async function refresh(
  party: RelyingParty,
  { history, narrowed, ...request }: Refresh,
): Promise<RefreshOutcome> {
  const result = await refreshTokens(party, request)
  if (result.ok) return { kind: 'refreshed', grant: result.grant, history: CLEAN_HISTORY }
  const verdict = judge(result.error, history, narrowed, party.auth !== undefined)
  return failedRefresh(result, verdict, history, narrowed)
}

function failedRefresh(
  { error, refreshToken }: RefusedGrant,
  verdict: Verdict,
  history: RefreshHistory,
  narrowed: boolean,
): FailedRefresh {
  const over = verdict.kind === 'terminal'
  const failed = {
    error,
    discarded: over ? refreshToken : undefined,
    newest: over ? undefined : refreshToken,
  }
  switch (verdict.kind) {
    case 'terminal':
      return { ...failed, kind: 'terminal', reason: verdict.reason }
    case 'need':
      return { ...failed, kind: 'need', history, doubtful: verdict.doubtful ?? false }
    case 'transient': {
      const told = refreshToken !== undefined
      const lost = verdict.ambiguous && !told
      // A failure of one need says nothing against the session, until the session's own request fails, too.
      const next = narrowed ? history : afterFailure(history, verdict, told)
      return { ...failed, kind: 'transient', error: asRecoverable(error), history: next, lost }
    }
  }
}

/** @param told the answer came, with its refresh token: nothing of it is lost */
function afterFailure(
  { ambiguous, refusals, ...rest }: RefreshHistory,
  verdict: Extract<Verdict, { kind: 'transient' }>,
  told: boolean,
): RefreshHistory {
  return {
    ...rest,
    ambiguous: !told && (ambiguous || verdict.ambiguous),
    refusals: refusals + (verdict.unclear ? 1 : 0),
  }
}

/** It will be tried again whatever the provider called it, so no caller should give up. */
function asRecoverable(error: AuthError): AuthError {
  if (error.recoverable) return error
  return AuthError.from({ ...error.toJSON(), code: 'provider_unavailable' })
}
