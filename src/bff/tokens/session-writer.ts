import { AuthError } from '../../errors.ts'
import type { BffEnvironment } from '../environment.ts'
import type { SessionTicket } from '../keys/session-ticket.ts'
import type { SessionContents } from '../sessions/session-contents.ts'
import type { SessionRecords, StoredSession } from '../sessions/session-records.ts'
import { pause } from './wait.ts'

/** A store that is away takes the newest refresh token with it: so long it is waited for. */
const MAX_TRIES = 40
const FIRST_RETRY_MS = 100
const LONGEST_RETRY_MS = 1000

/** Writes down what the provider answered: it cannot be asked again (RFC 9700 §4.14.2). */
export class SessionWriter {
  readonly #env: Pick<BffEnvironment, 'timer'>
  readonly #sessions: SessionRecords

  constructor(env: Pick<BffEnvironment, 'timer'>, sessions: SessionRecords) {
    this.#env = env
    this.#sessions = sessions
  }

  /**
   * @param spent the refresh token that was sent: as long as it stands in the record, the answer is the newest
   * @returns the session as it is now; undefined where it ended meanwhile
   */
  async write(
    session: StoredSession,
    spent: string,
    change: (contents: SessionContents) => SessionContents,
  ): Promise<StoredSession | undefined> {
    let latest = session
    for (;;) {
      const base = latest
      const written = await this.#persist(() => this.#sessions.replace(base, change(base.contents)))
      if (written) return written
      const now = await this.read(session.ticket)
      if (!now) return undefined
      // Ours, of a write that went through and was not heard of; or another instance's, which is newer.
      if (now.contents.refreshToken !== spent) return now
      // Each version is written by somebody who holds, or lost, the lease: there are only so many.
      if (now.record.version > session.record.version + MAX_TRIES) return now
      latest = now
    }
  }

  read(ticket: SessionTicket): Promise<StoredSession | undefined> {
    return this.#persist(() => this.#sessions.read(ticket))
  }

  /** @returns null where it is not there in this version (any more) */
  delete(ticket: SessionTicket, version: number): Promise<object | null> {
    return this.#persist(() => this.#sessions.delete(ticket, version))
  }

  async #persist<T>(write: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await write()
      } catch (error) {
        const away = error instanceof AuthError && error.code === 'store_unavailable'
        if (!away || tries >= MAX_TRIES) throw error
        await pause(this.#env, Math.min(FIRST_RETRY_MS * 2 ** (tries - 1), LONGEST_RETRY_MS))
      }
    }
  }
}
