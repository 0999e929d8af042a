import { normalizeNeed, type GivenNeed, type NormalNeed } from '../token-need.ts'
import type { TokenNeed } from '../vault.ts'

/** Far more than a request to a token endpoint holds: what is asked for is remembered for a while. */
const MAX_KEY_LENGTH = 4096

export type ParsedNeed = TokenNeed & NormalNeed & { minValidity: number }

/**
 * What a vault is asked for, member by member: neither a port nor a page without types is trusted.
 * @throws TypeError naming the member
 */
export function parseTokenNeed(argument: unknown): ParsedNeed {
  if (typeof argument !== 'object' || argument === null || Array.isArray(argument)) {
    throw new TypeError('getToken: not a need')
  }
  const need: { [Name in keyof TokenNeed]?: unknown } = argument
  const { resource, subject, minValidity = 0 } = need
  if (typeof resource === 'string') throw new TypeError('resource: must be an array here')
  if (subject !== undefined && typeof subject !== 'string') {
    throw new TypeError('subject: must be a string')
  }
  if (typeof minValidity !== 'number' || !(minValidity >= 0)) {
    throw new TypeError('getAccessToken: `minValidity` must be milliseconds, 0 or more')
  }
  const normal = normalizeNeed(need as GivenNeed)
  if (normal.key.length > MAX_KEY_LENGTH) throw new TypeError('getToken: too long a need')
  return {
    ...normal,
    ...(subject !== undefined && { subject }),
    minValidity,
    forceRefresh: Boolean(need.forceRefresh),
    proactive: Boolean(need.proactive),
    resumed: Boolean(need.resumed),
  }
}
