import type { TokenResponse } from '../oauth/types.ts'
import { elapsed, lifetimeOf, remaining, type Instant, type Lifetime } from '../renewal/lifetime.ts'
import { leadOf } from '../renewal/schedule.ts'
import type { IssuedToken, TokenNeed } from './types.ts'

/** An access token inside one thread, with both of that thread's clock readings. */
export interface HeldToken extends Lifetime {
  key: string
  response: TokenResponse
}

/** Equal needs have equal keys; `''` is the session's own token. */
export function keyOf({ resource, scope }: TokenNeed): string {
  if (!resource?.length && scope === undefined) return ''
  const scopes = scope?.split(' ').filter(Boolean).sort()
  return JSON.stringify([[...(resource ?? [])].sort(), scopes])
}

export function hold(key: string, response: TokenResponse, sentAt: Instant): HeldToken {
  return { key, response, sentAt, lifetime: lifetimeOf(response.expires_in) }
}

/** For the way out of a thread. */
export function issue({ key, response, lifetime, sentAt }: HeldToken, now: Instant): IssuedToken {
  return { key, response, lifetime, sentAt: sentAt.wall, age: elapsed(sentAt, now) }
}

/** For the way in: monotonic clocks differ between threads, so the age travels, and the wall clock checks it. */
export function receive(token: IssuedToken, now: Instant): HeldToken {
  const { key, response, lifetime, sentAt, age } = token
  return { key, response, lifetime, sentAt: { wall: sentAt, mono: now.mono - age } }
}

/**
 * Whether a held token answers a need as it is.
 * @param before what was held when the caller asked: any other is newer
 */
export function serves(
  token: HeldToken,
  { minValidity = 0, force, early }: TokenNeed,
  now: Instant,
  before: HeldToken | undefined,
): boolean {
  const left = remaining(token, now)
  if (token === before)
    return !force && left > minValidity && !(early && left <= leadOf(token.lifetime))
  // `expires_in: 0` still serves those who waited for it, once (RFC 6749 §5.1 does not forbid it).
  return left > minValidity || (minValidity === 0 && token.lifetime === 0)
}
