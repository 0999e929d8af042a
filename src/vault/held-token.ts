import type { TokenResponse } from '../oauth/types.ts'
import { elapsed, lifetimeOf, remaining, type Instant, type Lifetime } from '../renewal/lifetime.ts'
import { leadOf } from '../renewal/schedule.ts'
import type { IssuedToken, TokenNeed } from './vault.ts'

/** An access token inside one thread, with both of that thread's clock readings. */
export interface HeldToken extends Lifetime {
  /** Whose, by `sub`. */
  subject: string
  /** Which need it answers: `needKey`. */
  key: string
  response: TokenResponse
}

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

/** For the way in. The time of the message itself is not in its age: the wall clock sees it. */
export function deserialize({ sentAt, age, ...token }: IssuedToken, { mono }: Instant): HeldToken {
  return { ...token, sentAt: { wall: sentAt, mono: mono - age } }
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
