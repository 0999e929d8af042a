import type { TokenResponse } from '../oauth/types.ts'
import type { Instant, Lifetime } from '../renewal/lifetime.ts'
import type { IssuedToken } from './vault.ts'

// The page loads this file from the start: what only a vault does is in issued-token.ts.

/** An access token inside one thread, with both of that thread's clock readings. */
export interface HeldToken extends Lifetime {
  /** Whose, by `sub`. */
  subject: string
  /** Of which need: `normalizeNeed(need).key`. */
  key: string
  response: TokenResponse
}

/** For the way in. How long the message took is not in its age: the wall clock sees that. */
export function deserialize({ sentAt, age, ...token }: IssuedToken, { mono }: Instant): HeldToken {
  return { ...token, sentAt: { wall: sentAt, mono: mono - age } }
}
