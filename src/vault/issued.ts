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

/** Whether a held token answers a need as it is. */
export function serves(token: HeldToken, need: TokenNeed, now: Instant): boolean {
  const left = remaining(token, now)
  return !need.force && left > (need.minValidity ?? 0) && !(need.early && left <= leadOf(token.lifetime))
}
