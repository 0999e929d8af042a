import type { TokenResponse } from '../oauth/types.ts'
import type { Instant, Lifetime } from '../renewal/lifetime.ts'
import { normalizeNeed, type GivenNeed } from './token-need.ts'
import type { IssuedToken } from './vault.ts'

// A page's half; what only a vault does with tokens is in issued.ts.

/** An access token inside one thread, with both of that thread's clock readings. */
export interface HeldToken extends Lifetime {
  /** Whose, by `sub`. */
  subject: string
  key: string
  response: TokenResponse
}

/** Equal needs have equal keys; `''` is the session's own token. */
export function keyOf(need: GivenNeed): string {
  return normalizeNeed(need).key
}

/** For the way in: monotonic clocks differ between threads, so the age travels, and the wall clock checks it. */
export function receive({ sentAt, age, ...token }: IssuedToken, { mono }: Instant): HeldToken {
  return { ...token, sentAt: { wall: sentAt, mono: mono - age } }
}
