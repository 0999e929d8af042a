import { AuthError } from '../../errors.ts'
import { Background } from '../background.ts'
import type { BffEnvironment } from '../environment.ts'
import type { SessionTicket } from '../keys/session-ticket.ts'
import { validityOf, type StoredToken } from '../sessions/session-contents.ts'
import type { StoredSession } from '../sessions/session-records.ts'
import { asGoodAsItGets, flightKey, isDue, tokenAtHand, type AccessNeed } from './access-need.ts'
import type { SessionRefresh } from './session-refresh.ts'
import type { Tokens } from './tokens.ts'
import { within } from './wait.ts'

/** The longest that a caller waits. The refresh goes on, and serves the next one. */
export const CALLER_DEADLINE_MS = 8000
const RETRY_AFTER_MS = 1000

/** A refresh that those share who need the same. */
interface Flight {
  answer: Promise<StoredSession>
  /** What it leaves to be done: each of them says so to its runtime. */
  background: Background
}

/** Access tokens for calls: the one at hand, or one that all callers of this process wait for together. */
export class TokenSource implements Tokens {
  readonly #env: Pick<BffEnvironment, 'now' | 'timer'>
  readonly #refresh: SessionRefresh
  /** Equal needs share one; different needs of a session run one after another. */
  readonly #flights = new Map<string, Flight>()
  readonly #queues = new Map<string, Promise<unknown>>()

  constructor(env: Pick<BffEnvironment, 'now' | 'timer'>, refresh: SessionRefresh) {
    this.#env = env
    this.#refresh = refresh
  }

  /** @throws AuthError, ProblemError */
  async getToken(
    session: StoredSession,
    need: AccessNeed,
    background: Background,
  ): Promise<{ token: StoredToken; session: StoredSession }> {
    const token = tokenAtHand(session.contents, need, this.#env.now())
    if (token) {
      if (isDue(token, this.#env.now())) this.#renewAhead(session, need, background)
      return { token, session }
    }
    return this.#newToken(session, need, background)
  }

  async renew(session: StoredSession, background: Background) {
    const after = session.contents.tokens['']?.generation
    const renewed = await this.renewedAfter(session, after, background)
    return { session: renewed, setCookies: [] }
  }

  /** @param after a generation: the session may have a newer token, then nothing is asked */
  async renewedAfter(
    session: StoredSession,
    after: number | undefined,
    background: Background,
  ): Promise<StoredSession> {
    const need = { key: '', minValidity: 0, after }
    if (tokenAtHand(session.contents, need, this.#env.now())) return session
    return (await this.#newToken(session, need, background)).session
  }

  async #newToken(session: StoredSession, need: AccessNeed, background: Background) {
    // A client that leaves takes nothing with it: the answer to a refresh cannot be had a second time.
    return this.#wait(session, need, this.#share(session, need, background).answer)
  }

  /** Every refresh under way is over. */
  async drain(): Promise<void> {
    await Promise.allSettled([...this.#flights.values()].map(({ answer }) => answer))
  }

  async #wait(session: StoredSession, need: AccessNeed, answer: Promise<StoredSession>) {
    try {
      const renewed = await within(this.#env, answer, CALLER_DEADLINE_MS, lateError)
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
  #renewAhead(session: StoredSession, need: AccessNeed, background: Background): void {
    const { record, contents } = session
    const paused = [contents.pauses[need.key], contents.pauses['']].some(
      (one) => one && one.until > this.#env.now(),
    )
    const canRenew = contents.refreshToken !== undefined
    if (paused || !canRenew || record.refresh.phase === 'started') return
    const ahead = { ...need, after: contents.tokens[need.key]?.generation }
    this.#share(session, ahead, background)
  }

  #share({ ticket }: StoredSession, need: AccessNeed, background: Background): Flight {
    const key = flightKey(ticket.storeKey, need)
    const flight = this.#flights.get(key) ?? this.#begin(ticket, need, key)
    background.add(flight.background.settled())
    return flight
  }

  #begin(ticket: SessionTicket, need: AccessNeed, key: string): Flight {
    const before = this.#queues.get(ticket.storeKey) ?? Promise.resolve()
    const background = new Background()
    const answer = before.then(() => this.#refresh.run(ticket, need, background))
    background.add(answer)
    const flight = { answer, background }
    const settled = answer
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
