import { AuthError } from '../../errors.ts'
import { leadOf } from '../../renewal/schedule.ts'
import type { NormalNeed } from '../../renewal/token-need.ts'
import { validityOf, type SessionContents, type StoredToken } from '../sessions/session-contents.ts'

/** Which access token is needed, and how. */
export interface AccessNeed extends NormalNeed {
  /** Milliseconds that it must still hold. */
  minValidity: number
  /** Only one that came after this generation of the session: what was there before is no use. */
  after?: number | undefined
}

/** The token at hand, if it serves this need as it is. @throws AuthError where another would be as short */
export function tokenAtHand(
  { tokens }: SessionContents,
  { key, minValidity, after = -1 }: AccessNeed,
  now: number,
): StoredToken | undefined {
  const token = Object.hasOwn(tokens, key) ? tokens[key] : undefined
  if (!token || token.generation <= after) return undefined
  const validity = validityOf(token, now)
  if (validity > minValidity) return token
  if (validity > 0 && token.lifetime <= minValidity) throw tooShortError(token, minValidity)
  return undefined
}

/** One that cannot be had newer, or longer, than it is. @throws AuthError where that is not enough */
export function asGoodAsItGets(token: StoredToken, need: AccessNeed, now: number): StoredToken {
  if (need.minValidity > 0 && validityOf(token, now) <= need.minValidity) {
    throw tooShortError(token, need.minValidity)
  }
  // One that was over when it came (`expires_in: 0`) still serves those who waited for it, once.
  return token
}

function tooShortError({ lifetime }: StoredToken, minValidity: number): AuthError {
  return new AuthError('min_validity_unattainable', {
    message: `Access tokens hold ${lifetime} ms here: ask for less minValidity than ${minValidity}.`,
  })
}

/** Whether it should be renewed ahead of time: it still serves, and nobody should have to wait for the next one. */
export function isDue(token: StoredToken, now: number): boolean {
  return validityOf(token, now) <= leadOf(token.lifetime)
}

/** Needs that one request serves. */
export function flightKey(storeKey: string, { key, minValidity, after }: AccessNeed): string {
  return JSON.stringify([storeKey, key, minValidity, after])
}
