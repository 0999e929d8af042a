import { mistakeError, parseMembers, parseOptionalText } from '../parse.ts'
import { normalizeNeed, type NormalNeed } from '../../renewal/token-need.ts'
import type { TokenNeed } from '../vault.ts'

/** Far more than a request to a token endpoint holds: what is asked for is remembered for a while. */
const MAX_KEY_LENGTH = 4096

export type ParsedNeed = TokenNeed & NormalNeed & { minValidity: number }

/**
 * What a vault is asked for, member by member: neither a port nor a page without types is trusted.
 * @throws TypeError naming the member
 */
export function parseTokenNeed(argument: unknown): ParsedNeed {
  const need = parseMembers(argument, 'need')
  const { resource, minValidity = 0 } = need
  // Callers may name one resource as a string: what crosses a port is the normal form.
  if (typeof resource === 'string') throw mistakeError('resource', 'a list')
  if (typeof minValidity !== 'number' || !(minValidity >= 0)) {
    throw new TypeError('getAccessToken: `minValidity` must be milliseconds, 0 or more')
  }
  const normal = normalizeNeed(need)
  if (normal.key.length > MAX_KEY_LENGTH) throw mistakeError('need', 'shorter')
  return {
    ...normal,
    subject: parseOptionalText(need, 'subject'),
    minValidity,
    forceRefresh: Boolean(need['forceRefresh']),
    proactive: Boolean(need['proactive']),
    resumed: Boolean(need['resumed']),
  }
}
