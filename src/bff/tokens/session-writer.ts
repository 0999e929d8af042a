import type { BffEnvironment } from '../environment.ts'
import type { SessionTicket } from '../keys/session-ticket.ts'
import type { SessionContents } from '../sessions/session-contents.ts'
import type { SessionRecords, StoredSession } from '../sessions/session-records.ts'
import { MANY_TRIES, persist } from '../sessions/persist.ts'

/**
 * Writes down what the provider answered: it cannot be asked again (RFC 9700 §4.14.2). A store that is away would take the
 * newest refresh token with it, and is waited for.
 */
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
      if (now.record.version > session.record.version + MANY_TRIES) return now
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

  /** Without it there is a request too many: nothing that a failure would mend. */
  pause(ticket: SessionTicket, needKey: string, ms: number): Promise<void> {
    return this.#persist(() => this.#sessions.markPaused(ticket, needKey, ms)).catch(() => {})
  }

  /** Whether another session took its place; not, where nobody can say. */
  wasReplaced(ticket: SessionTicket): Promise<boolean> {
    return this.#persist(() => this.#sessions.wasReplaced(ticket)).catch(() => false)
  }

  #persist<T>(call: () => Promise<T>): Promise<T> {
    return persist(this.#env, call)
  }
}
