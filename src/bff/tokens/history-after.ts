import type { FailedRefresh } from '../../renewal/refresh.ts'
import type { RefreshHistory } from '../../renewal/verdict.ts'
import type { AccessNeed } from './access-need.ts'

/**
 * What is known of a refresh token that was sent and did not bring a newer one.
 * @param before what was known of it then
 */
export function historyAfter(
  before: RefreshHistory,
  { key }: AccessNeed,
  outcome: FailedRefresh,
): RefreshHistory {
  if (outcome.kind !== 'transient') return before
  if (key === '') return outcome.history
  // The answer to another need was lost: the one refresh token may be spent all the same. 429 and 408 did nothing.
  const { status } = outcome.error
  return { ...before, ambiguous: before.ambiguous || (status !== 429 && status !== 408) }
}
