import type { TokenResponse } from '../../oauth/types.ts'
import { lifetimeOf } from '../../renewal/expires-in.ts'
import { elapsed, remaining, type Instant } from '../../renewal/lifetime.ts'
import { leadOf } from '../../renewal/schedule.ts'
import type { HeldToken } from '../held-token.ts'
import type { IssuedToken, TokenNeed } from '../vault.ts'

export function hold(
  subject: string,
  key: string,
  response: TokenResponse,
  sentAt: Instant,
): HeldToken {
  return { subject, key, response, sentAt, lifetime: lifetimeOf(response.expires_in) }
}

/** For the way out of a thread. */
export function issue(
  { subject, key, response, lifetime, sentAt }: HeldToken,
  now: Instant,
): IssuedToken {
  return { subject, key, response, lifetime, sentAt: sentAt.wall, age: elapsed(sentAt, now) }
}

/**
 * Whether a held token answers a need as it is.
 * @param before what was held when the caller asked: any other is newer
 */
export function serves(
  token: HeldToken,
  { minValidity = 0, forceRefresh, proactive }: TokenNeed,
  now: Instant,
  before: HeldToken | undefined,
): boolean {
  const left = remaining(token, now)
  if (token === before)
    return !forceRefresh && left > minValidity && !(proactive && left <= leadOf(token.lifetime))
  // `expires_in: 0` still serves those who waited for it, once (RFC 6749 §5.1 does not forbid it).
  return left > minValidity || (minValidity === 0 && token.lifetime === 0)
}
