import { encode } from 'jose/base64url'
import type { BffEnvironment } from '../environment.ts'
import { readCookies } from '../http/cookie-header.ts'
import type { Cookies } from '../http/cookies.ts'
import type { KeyRing } from '../keys/key-ring.ts'
import {
  issueTicket,
  readTicket,
  ticketsOfSignIn,
  type SessionTicket,
} from '../keys/session-ticket.ts'
import type { EndedAtProvider } from '../login/tombstones.ts'
import { endReplaced } from './end-replaced.ts'
import { FEW_TRIES, persist } from './persist.ts'
import { isStoreAway } from './store-error.ts'
import { withReplaced, type SessionContents } from './session-contents.ts'
import type { SessionLimits } from './session-limits.ts'
import type { SessionRecords, StoredSession } from './session-records.ts'
import type { PreviousSession, ReplacedSession, Sessions, WrittenSession } from './sessions.ts'
import type { BffRequest } from '../http/exchange.ts'

/** An idle limit that is used all the time moves this often. */
const TOUCH_INTERVAL_MS = 60_000

/** How often a record is read again because another writer was faster. */
const MAX_ROUNDS = 5

interface StoredParts {
  env: Pick<BffEnvironment, 'now' | 'timer'>
  records: SessionRecords
  keys: KeyRing
  cookies: Cookies
  limits: SessionLimits
}

/** Sessions in a store: the cookie has a name and one half of the key. */
export class StoredSessions implements Sessions {
  readonly #parts: StoredParts

  constructor(parts: StoredParts) {
    this.#parts = parts
  }

  /** Two cookies of our name, and one was planted: then neither counts. */
  async ticketOf(request: BffRequest): Promise<SessionTicket | undefined> {
    const { cookies, keys, records } = this.#parts
    const [value, another] = readCookies(request.headers.get('cookie')).get(cookies.session) ?? []
    if (value === undefined || another !== undefined) return undefined
    return records.knownTicket(value) ?? readTicket(keys, value)
  }

  async find(request: BffRequest): Promise<StoredSession | undefined> {
    const ticket = await this.ticketOf(request)
    return ticket && this.#parts.records.read(ticket)
  }

  async create(contents: SessionContents, codeVerifier: string): Promise<WrittenSession> {
    const { env, keys, records, limits, cookies } = this.#parts
    const createdAt = env.now()
    const times = {
      createdAt,
      idleUntil: createdAt + limits.idleMs,
      absoluteUntil: createdAt + limits.absoluteMs,
    }
    const [ticket] = await ticketsOfSignIn(keys, codeVerifier)
    const session =
      (await records.create(ticket, contents, times)) ??
      // The provider takes a code twice, and the browser did not get the first answer.
      (await records.create(await issueTicket(keys), contents, times))
    if (!session) throw new TypeError('There is a session of this random id.')
    const maxAge = limits.absoluteMs / 1000
    return { session, setCookies: [cookies.setSession(session.ticket.cookie, maxAge)] }
  }

  /** At most once a minute. A store that is only read, or full, keeps nobody from what it can still be asked for. */
  async touch(session: StoredSession): Promise<void> {
    const { env, records, limits } = this.#parts
    const now = env.now()
    const { lastSeenAt } = session.record
    if (now - lastSeenAt < Math.min(TOUCH_INTERVAL_MS, limits.idleMs / 4)) return
    await records.touch(session, now + limits.idleMs).catch((error: unknown) => {
      if (!isStoreAway(error)) throw error
    })
  }

  async lives({ ticket }: StoredSession): Promise<boolean> {
    return (await this.#parts.records.read(ticket)) !== undefined
  }

  async end(request: BffRequest): Promise<StoredSession | undefined> {
    const ticket = await this.ticketOf(request)
    return (ticket && (await this.#parts.records.end(ticket))) ?? undefined
  }

  async endOfSignIn(codeVerifier: string): Promise<StoredSession[]> {
    const { keys, records } = this.#parts
    const tickets = await ticketsOfSignIn(keys, codeVerifier)
    const ended = await Promise.all(tickets.map((ticket) => records.end(ticket)))
    return ended.filter((session) => session !== null)
  }

  async ofBrowser(request: BffRequest, codeVerifiers: readonly string[]): Promise<StoredSession[]> {
    const { keys, records } = this.#parts
    const tickets = await Promise.all(codeVerifiers.map((one) => ticketsOfSignIn(keys, one)))
    const found = await Promise.all([
      this.find(request),
      ...tickets.flat().map((ticket) => records.read(ticket)),
    ])
    return found.filter((session) => session !== undefined)
  }

  endByKey(storeKey: string): Promise<void> {
    return this.#parts.records.deleteByKey(storeKey)
  }

  async previousOf(request: BffRequest): Promise<PreviousSession | undefined> {
    const ticket = await this.ticketOf(request)
    return ticket && this.toPrevious({ ticket })
  }

  toPrevious({ ticket }: Pick<StoredSession, 'ticket'>): PreviousSession {
    return { storeKey: ticket.storeKey, secret: encode(ticket.secret) }
  }

  endPrevious(previous: PreviousSession, sub: string): Promise<ReplacedSession> {
    return endReplaced(this.#parts, previous, sub)
  }

  async answerFor(
    { session, setCookies }: WrittenSession,
    refreshTokens: readonly string[],
  ): Promise<WrittenSession | undefined> {
    const { env, records } = this.#parts
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const read = await persist(env, () => records.read(session.ticket), FEW_TRIES)
      if (!read) return undefined
      const contents = withReplaced(read.contents, refreshTokens)
      // A refresh under way stays one: its refresh token may be spent.
      const { refresh } = read.record
      const replaced = await persist(env, () => records.replace(read, contents, refresh), FEW_TRIES)
      if (replaced) return { session: replaced, setCookies }
      // A refresh was faster; or it was written, and the answer was lost.
    }
    return undefined
  }

  endAtProvider(ended: EndedAtProvider): Promise<number> {
    return this.#parts.records.deleteBy(ended)
  }

  deletion(): string[] {
    return [this.#parts.cookies.deleteSession()]
  }
}
