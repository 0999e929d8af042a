import { flag, mistakeError, object, subject } from '../parse.ts'
import { normalizeNeed, type NormalNeed } from '../../renewal/token-need.ts'
import type { TokenNeed } from '../vault.ts'

/** Far more than a request to a token endpoint holds: what is asked for is remembered for a while. */
const MAX_KEY_LENGTH = 4096

export type ParsedNeed = TokenNeed & NormalNeed & { minValidity: number }

const parse = object<Omit<ParsedNeed, keyof NormalNeed>>({
  subject,
  minValidity(value = 0, name) {
    if (typeof value === 'number' && value >= 0) return value
    throw mistakeError(name, 'milliseconds, 0 or more')
  },
  forceRefresh: flag,
  proactive: flag,
  resumed: flag,
})

/**
 * What a vault is asked for, member by member: neither a port nor a page without types is trusted.
 * @throws TypeError naming the member
 */
export function parseTokenNeed(argument: unknown): ParsedNeed {
  const need = parse(argument, 'need')
  const { resource, scope } = argument as TokenNeed
  // Callers may name one resource as a string: what crosses a port is the normal form.
  if (typeof resource === 'string') throw mistakeError('resource', 'a list')
  const normal = normalizeNeed({ resource, scope })
  if (normal.key.length > MAX_KEY_LENGTH) throw mistakeError('need', 'shorter')
  return { ...normal, ...need }
}
