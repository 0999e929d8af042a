import { AuthError } from '../../errors.ts'
import type { BffEnvironment } from '../environment.ts'
import { validityOf, type StoredToken } from '../sessions/session-contents.ts'
import type { LiveSession } from '../sessions/sessions.ts'
import { flightKey, isDue, tokenAtHand, type AccessNeed } from './access-need.ts'
import type { SessionRefresh } from './session-refresh.ts'
import { within } from './wait.ts'

/** The longest that a caller waits. The refresh goes on, and serves the next one. */
const CALLER_DEADLINE_MS = 8000
const RETRY_AFTER_MS = 1000

/** A runtime that stops when the response is sent is told what still runs (`ExecutionContext.waitUntil`). */
export type WaitUntil = (task: Promise<unknown>) => void

/** Access tokens for calls: the one at hand, or one that all callers of this process wait for together. */
export class TokenSource {
  readonly #env: Pick<BffEnvironment, 'now' | 'timer'>
  readonly #refresh: SessionRefresh
  /** Equal needs share one; different needs of a session run one after another. */
  readonly #flights = new Map<string, Promise<LiveSession>>()
  readonly #queues = new Map<string, Promise<unknown>>()

  constructor(env: Pick<BffEnvironment, 'now' | 'timer'>, refresh: SessionRefresh) {
    this.#env = env
    this.#refresh = refresh
  }

  /** @throws AuthError, ProblemError */
  async getToken(
    session: LiveSession,
    need: AccessNeed,
    waitUntil?: WaitUntil,
  ): Promise<{ token: StoredToken; session: LiveSession }> {
    const token = tokenAtHand(session.contents, need, this.#env.now())
    if (token) {
      if (isDue(token, this.#env.now())) this.#renewAhead(session, need, waitUntil)
      return { token, session }
    }
    // A client that leaves takes nothing with it: the answer to a refresh cannot be had a second time.
    const flight = this.#share(session, need)
    waitUntil?.(flight.catch(() => {}))
    return this.#wait(session, need, flight)
  }

  /** Every refresh under way is over. */
  async drain(): Promise<void> {
    await Promise.allSettled(this.#flights.values())
  }

  async #wait(session: LiveSession, need: AccessNeed, flight: Promise<LiveSession>) {
    try {
      const renewed = await within(this.#env, flight, CALLER_DEADLINE_MS, lateError)
      return { token: this.#usable(renewed, need), session: renewed }
    } catch (error) {
      // What still holds serves those who only wanted it longer, or newer.
      const held = session.contents.tokens[need.key]
      const stillHolds = held && need.after === undefined && validityOf(held, this.#env.now()) > 0
      if (stillHolds && error instanceof AuthError && error.recoverable && need.minValidity === 0) {
        return { token: held, session }
      }
      throw error
    }
  }

  /** Nobody waits for it: no call is slower because its token is renewed. */
  #renewAhead(session: LiveSession, need: AccessNeed, waitUntil: WaitUntil | undefined): void {
    const { record, contents } = session
    const paused = [contents.pauses[need.key], contents.pauses['']].some(
      (one) => one && one.until > this.#env.now(),
    )
    const canRenew = contents.refreshToken !== undefined
    if (paused || !canRenew || record.refresh.phase === 'started') return
    const ahead = { ...need, after: contents.tokens[need.key]?.generation }
    const flight = this.#share(session, ahead).catch(() => {})
    waitUntil?.(flight)
  }

  #share({ ticket }: LiveSession, need: AccessNeed): Promise<LiveSession> {
    const key = flightKey(ticket.storeKey, need)
    const running = this.#flights.get(key)
    if (running) return running
    const before = this.#queues.get(ticket.storeKey) ?? Promise.resolve()
    const flight = before.then(() => this.#refresh.run(ticket, need))
    const settled = flight
      .catch(() => {})
      .finally(() => {
        this.#flights.delete(key)
        if (this.#queues.get(ticket.storeKey) === settled) this.#queues.delete(ticket.storeKey)
      })
    this.#flights.set(key, flight)
    this.#queues.set(ticket.storeKey, settled)
    return flight
  }

  #usable({ contents }: LiveSession, need: AccessNeed): StoredToken {
    const token = contents.tokens[need.key]
    if (!token) throw lateError()
    if (need.minValidity > 0 && validityOf(token, this.#env.now()) <= need.minValidity) {
      throw new AuthError('min_validity_unattainable', {
        message: `Access tokens hold ${token.lifetime} ms here: ask for less minValidity than ${need.minValidity}.`,
      })
    }
    // One that was over when it came (`expires_in: 0`) still serves those who waited for it, once.
    return token
  }
}

function lateError(): AuthError {
  return new AuthError('provider_unavailable', {
    message: 'The provider takes long to answer. Try again.',
    retryAfter: RETRY_AFTER_MS,
  })
}
