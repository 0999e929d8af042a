import { AuthError } from '../../errors.ts'
import type { Background } from '../background.ts'
import type { BffEnvironment } from '../environment.ts'
import { sessionName, type Emit } from '../events.ts'
import { ProblemError } from '../http/problem.ts'
import type { CookieSessions } from '../sessions/cookie-sessions.ts'
import { refreshTokensOf, type StoredToken } from '../sessions/session-contents.ts'
import type { SessionRecords, StoredSession } from '../sessions/session-records.ts'
import type { LiveSession, WrittenSession } from '../sessions/sessions.ts'
import { asGoodAsItGets, tokenAtHand, type AccessNeed } from './access-need.ts'
import type { Revocations } from './revocations.ts'
import type { TokenSource } from './token-source.ts'
import type { Tokens } from './tokens.ts'

/** So long the answer to a refresh is kept for a browser that did not get it, and asks again with the cookie before. */
const HELD_MS = 600_000
/** A page that was sent to renew is back by then. */
const FRESH_MS = 10_000
const MAX_ROUNDS = 5

interface PageRenewalParts {
  env: Pick<BffEnvironment, 'now'>
  sessions: CookieSessions
  records: SessionRecords
  source: TokenSource
  revocations: Revocations
  emit: Emit
}

/**
 * Access tokens of sessions in cookies. A call that finds its token over is told so: its answer could not set the cookie
 * of the next refresh token in an order that anybody knows. The page renews, one tab at a time.
 *
 * A session that is being renewed is in a store for a while, so that everything that holds for a refresh there holds
 * here: one request, however many ask with the same cookie; a cool-down; an answer that nobody waited for is not lost.
 */
export class PageRenewal implements Tokens {
  readonly #parts: PageRenewalParts

  constructor(parts: PageRenewalParts) {
    this.#parts = parts
  }

  async getToken(
    session: LiveSession,
    need: AccessNeed,
  ): Promise<{ token: StoredToken; session: LiveSession }> {
    const now = this.#parts.env.now()
    const token = tokenAtHand(session.contents, need, now)
    if (token) return { token, session }
    const own = session.contents.tokens[need.key]
    if (own && Math.abs(now - own.sentAt) < FRESH_MS) {
      return { token: asGoodAsItGets(own, need, now), session }
    }
    // RFC 6750 §3.1.
    const challenge: [string, string] = ['www-authenticate', 'Bearer error="invalid_token"']
    throw new ProblemError('token_expired', { headers: [challenge] })
  }

  async renew(session: LiveSession, background: Background): Promise<WrittenSession> {
    const { source, sessions } = this.#parts
    const { ticket, record, contents } = session
    try {
      const held = await this.#hold(session)
      const after = contents.tokens['']?.generation
      const renewed = await source.renewedAfter(held, after, background)
      return await sessions.write({ ticket, record, contents: renewed.contents })
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error
      if (error.code === 'session_too_large') await this.#endTooLarge(session, background)
      // Of a session that ended elsewhere meanwhile the cookie may be another one's by now.
      else if (error.code === 'not_authenticated') throw error
      const deletion = sessions.deletion().map((line): [string, string] => ['set-cookie', line])
      throw new ProblemError(error.code, { ...error.details, headers: deletion })
    }
  }

  drain(): Promise<void> {
    return this.#parts.source.drain()
  }

  /** The session as a store has it: as the cookie brings it, or newer. */
  async #hold({ ticket, record, contents }: LiveSession): Promise<StoredSession> {
    const { env, records } = this.#parts
    const until = env.now() + HELD_MS
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const held = await records.read(ticket)
      if (!held) {
        const times = { ...record, idleUntil: until }
        const created = await records.create(ticket, contents, times)
        if (created) return this.#unlessEnded(created)
        // Another request with the same cookie was faster.
        continue
      }
      await records.touch(held, until)
      if (held.contents.generation >= contents.generation) return held
      // It was renewed by an instance that has another store.
      const replaced = await records.replace(held, contents)
      if (replaced) return replaced
    }
    throw new AuthError('provider_unavailable', {
      message: 'Other requests renewed this session at the same time. Try again.',
      retryAfter: 1000,
    })
  }

  /** A sign-out writes down the end, and then deletes what is held: one that was faster is found here. */
  async #unlessEnded(held: StoredSession): Promise<StoredSession> {
    const { records, sessions } = this.#parts
    if (await sessions.lives(held)) return held
    await records.delete(held.ticket)
    throw new ProblemError('not_authenticated')
  }

  /** It grew beyond what cookies hold, and its refresh token is spent: there is nothing to go back to. */
  async #endTooLarge({ ticket }: LiveSession, background: Background): Promise<void> {
    const { records, revocations, emit } = this.#parts
    const last = await records.delete(ticket)
    revocations.revoke(last ? refreshTokensOf(last.contents) : [], background)
    emit({ type: 'session-ended', session: sessionName(ticket), reason: 'session_too_large' })
  }
}
