import type { SessionTicket } from '../keys/session-ticket.ts'
import type { SessionContents } from './session-contents.ts'

const MAX_OPEN = 1000

interface OpenRecord {
  ticket: SessionTicket
  blob?: string
  contents?: SessionContents
}

/**
 * Cookies and records that were opened before: most requests come with the cookie of the request before, and find the
 * record as it was. Only what costs cryptography is kept; whether the session still is there says the store.
 */
export class OpenRecords {
  readonly #entries = new Map<string, OpenRecord>()

  ticket(cookie: string): SessionTicket | undefined {
    return this.#entries.get(cookie)?.ticket
  }

  contents({ cookie }: SessionTicket, blob: string): SessionContents | undefined {
    const entry = this.#entries.get(cookie)
    return entry?.blob === blob ? entry.contents : undefined
  }

  keep(entry: OpenRecord): void {
    const { cookie } = entry.ticket
    // A ticket that no cookie brought is not to be found by one.
    if (!cookie) return
    // The one that was used last is forgotten last.
    this.#entries.delete(cookie)
    this.#entries.set(cookie, entry)
    const [oldest] = this.#entries.keys()
    if (this.#entries.size > MAX_OPEN && oldest !== undefined) this.#entries.delete(oldest)
  }

  forget({ cookie }: SessionTicket): void {
    this.#entries.delete(cookie)
  }
}
