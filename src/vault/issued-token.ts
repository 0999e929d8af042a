import type { TokenResponse } from '../oauth/types.ts'
import { lifetimeOf } from '../renewal/expires-in.ts'
import { elapsed, remaining, type Instant } from '../renewal/lifetime.ts'
import { leadOf } from '../renewal/schedule.ts'
import type { HeldToken } from './held-token.ts'
import type { IssuedToken, TokenNeed } from './vault.ts'

export function toHeldToken(
  subject: string,
  key: string,
  response: TokenResponse,
  sentAt: Instant,
): HeldToken {
  return { subject, key, response, sentAt, lifetime: lifetimeOf(response.expires_in) }
}

/** For the way out of a thread: monotonic clocks differ between threads, so the age travels. */
export function serialize(
  { subject, key, response, lifetime, sentAt }: HeldToken,
  now: Instant,
): IssuedToken {
  return { subject, key, response, lifetime, sentAt: sentAt.wall, age: elapsed(sentAt, now) }
}

/**
 * Whether a held token answers a need as it is.
 * @param previous what was held when the caller asked: any other is newer
 */
export function satisfies(
  token: HeldToken,
  { minValidity = 0, forceRefresh, proactive }: TokenNeed,
  now: Instant,
  previous: HeldToken | undefined,
): boolean {
  const left = remaining(token, now)
  if (token === previous) {
    return !forceRefresh && left > minValidity && !(proactive && left <= leadOf(token.lifetime))
  }
  // `expires_in: 0` still serves those who waited for it, once (RFC 6749 §5.1 does not forbid it).
  return left > minValidity || (minValidity === 0 && token.lifetime === 0)
}
