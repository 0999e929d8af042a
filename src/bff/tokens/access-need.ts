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

/** The token at hand, if it serves this need as it is. */
export function tokenAtHand(
  { tokens }: SessionContents,
  { key, minValidity, after = -1 }: AccessNeed,
  now: number,
): StoredToken | undefined {
  const token = Object.hasOwn(tokens, key) ? tokens[key] : undefined
  if (!token || token.generation <= after) return undefined
  return validityOf(token, now) > minValidity ? token : undefined
}

/** Whether it should be renewed ahead of time: it still serves, and nobody should have to wait for the next one. */
export function isDue(token: StoredToken, now: number): boolean {
  return validityOf(token, now) <= leadOf(token.lifetime)
}

/** Needs that one request serves. */
export function flightKey(storeKey: string, { key, minValidity, after }: AccessNeed): string {
  return JSON.stringify([storeKey, key, minValidity, after])
}
