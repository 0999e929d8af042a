import { CONFIRMED } from '../provider/step-up.ts'
import { invalidToken, type Caller, type Refusal } from './verify-token.ts'

/** What the API does with calls whose token is valid. */
export const BEHAVIOURS = ['right', 'refuse-once', 'refuse', 'step-up', 'slow'] as const
export type Behaviour = (typeof BEHAVIOURS)[number]

/** How old a confirmation may be, s. */
const MAX_AGE = 300
const SLOW_MS = 2000

/** The switch that visitors turn, and what follows from it. */
export class Conduct {
  behaviour: Behaviour = 'right'
  /** Tokens that were refused once are refused for good, by `jti`. */
  readonly #refused = new Set<string>()

  /** @param isWrite whether the call changes something @returns why it is refused */
  refusal({ jti, acr, authTime = 0 }: Caller, isWrite: boolean): Refusal | undefined {
    if (this.behaviour === 'refuse-once') {
      this.#refused.add(jti)
      this.behaviour = 'right'
    }
    if (this.behaviour === 'refuse' || this.#refused.has(jti)) {
      return invalidToken('The token was revoked.')
    }
    const isOld = authTime < Date.now() / 1000 - MAX_AGE
    if (this.behaviour === 'step-up' && isWrite && (acr !== CONFIRMED || isOld)) return stepUp
    return undefined
  }

  /** Resolves when it is time to answer. */
  async pause(): Promise<void> {
    if (this.behaviour !== 'slow') return
    await new Promise((resolve) => setTimeout(resolve, SLOW_MS))
  }
}

/** RFC 9470 §3. */
const stepUp: Refusal = {
  status: 401,
  challenge: {
    error: 'insufficient_user_authentication',
    error_description: 'Confirm who you are, not longer ago than five minutes.',
    acr_values: CONFIRMED,
    max_age: String(MAX_AGE),
  },
}
