import { AuthError } from '../../errors.ts'
import type { BffEnvironment } from '../environment.ts'
import { validityOf, type StoredToken } from '../sessions/session-contents.ts'
import type { StoredSession } from '../sessions/session-records.ts'
import { asGoodAsItGets, flightKey, isDue, tokenAtHand, type AccessNeed } from './access-need.ts'
import type { SessionRefresh } from './session-refresh.ts'
import type { Tokens, WaitUntil } from './tokens.ts'
import { within } from './wait.ts'

/** The longest that a caller waits. The refresh goes on, and serves the next one. */
export const CALLER_DEADLINE_MS = 8000
const RETRY_AFTER_MS = 1000

/** Access tokens for calls: the one at hand, or one that all callers of this process wait for together. */
export class TokenSource implements Tokens {
  readonly #env: Pick<BffEnvironment, 'now' | 'timer'>
  readonly #refresh: SessionRefresh
  /** Equal needs share one; different needs of a session run one after another. */
  readonly #flights = new Map<string, Promise<StoredSession>>()
  readonly #queues = new Map<string, Promise<unknown>>()

  constructor(env: Pick<BffEnvironment, 'now' | 'timer'>, refresh: SessionRefresh) {
    this.#env = env
    this.#refresh = refresh
  }

  /** @throws AuthError, ProblemError */
  async getToken(
    session: StoredSession,
    need: AccessNeed,
    waitUntil?: WaitUntil,
  ): Promise<{ token: StoredToken; session: StoredSession }> {
    const token = tokenAtHand(session.contents, need, this.#env.now())
    if (token) {
      if (isDue(token, this.#env.now())) this.#renewAhead(session, need, waitUntil)
      return { token, session }
    }
    return this.#newToken(session, need, waitUntil)
  }

  async renew(session: StoredSession, waitUntil?: WaitUntil) {
    const after = session.contents.tokens['']?.generation
    const renewed = await this.renewedAfter(session, after, waitUntil)
    return { session: renewed, setCookies: [] }
  }

  /** @param after a generation: the session may have a newer token, then nothing is asked */
  async renewedAfter(
    session: StoredSession,
    after: number | undefined,
    waitUntil?: WaitUntil,
  ): Promise<StoredSession> {
    const need = { key: '', minValidity: 0, after }
    if (tokenAtHand(session.contents, need, this.#env.now())) return session
    return (await this.#newToken(session, need, waitUntil)).session
  }

  async #newToken(session: StoredSession, need: AccessNeed, waitUntil: WaitUntil | undefined) {
    // A client that leaves takes nothing with it: the answer to a refresh cannot be had a second time.
    const flight = this.#share(session, need)
    waitUntil?.(flight.catch(() => {}))
    return this.#wait(session, need, flight)
  }

  /** Every refresh under way is over. */
  async drain(): Promise<void> {
    await Promise.allSettled(this.#flights.values())
  }

  async #wait(session: StoredSession, need: AccessNeed, flight: Promise<StoredSession>) {
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
  #renewAhead(session: StoredSession, need: AccessNeed, waitUntil: WaitUntil | undefined): void {
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

  #share({ ticket }: StoredSession, need: AccessNeed): Promise<StoredSession> {
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

  #usable({ contents }: StoredSession, need: AccessNeed): StoredToken {
    const token = contents.tokens[need.key]
    if (!token) throw lateError()
    return asGoodAsItGets(token, need, this.#env.now())
  }
}

function lateError(): AuthError {
  return new AuthError('provider_unavailable', {
    message: 'The provider takes long to answer. Try again.',
    retryAfter: RETRY_AFTER_MS,
  })
}
