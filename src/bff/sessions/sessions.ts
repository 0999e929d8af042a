import type { BffEnvironment } from '../environment.ts'
import type { KeyRing } from '../keys/key-ring.ts'
import { issueTicket, readTicket, type SessionTicket } from '../keys/session-ticket.ts'
import { OpenRecords } from './open-records.ts'
import type { SessionContents } from './session-contents.ts'
import type { RefreshPhase, SessionRecord, SessionStore } from './session-store.ts'

/** A session that was found, opened: what its cookie says, its record, and what is in it. */
export interface LiveSession {
  readonly ticket: SessionTicket
  readonly record: SessionRecord
  readonly contents: SessionContents
}

export interface SessionLimits {
  /** How long a session lives that nobody uses. */
  idleMs: number
  /** How long any lives. */
  absoluteMs: number
}

/** An idle limit that is used all the time moves this often. */
const TOUCH_INTERVAL_MS = 60_000

const IDLE: RefreshPhase = { phase: 'idle' }

interface SessionsParts {
  env: Pick<BffEnvironment, 'now'>
  store: SessionStore
  keys: KeyRing
  limits: SessionLimits
  issuer: string
}

/** The sessions of a store, as the rest of the backend uses them: sealed on the way in, opened on the way out. */
export class Sessions {
  readonly #parts: SessionsParts
  readonly #open = new OpenRecords()

  constructor(parts: SessionsParts) {
    this.#parts = parts
  }

  /** @returns undefined for a cookie that was not made here */
  async ticketOf(cookie: string): Promise<SessionTicket | undefined> {
    return this.#open.ticket(cookie) ?? readTicket(this.#parts.keys, cookie)
  }

  /** @returns undefined where the session ended. @throws AuthError `store_unavailable` */
  async read(ticket: SessionTicket): Promise<LiveSession | undefined> {
    const { store, env } = this.#parts
    const record = await store.get(ticket.storeKey)
    // Also where a store forgets late.
    const over = !record || Math.min(record.idleUntil, record.absoluteUntil) <= env.now()
    if (over) {
      this.#open.forget(ticket)
      return undefined
    }
    const contents = await this.#contentsOf(ticket, record.blob)
    return contents && { ticket, record, contents }
  }

  /** A new session under a new random name, whatever cookie the browser had before (OWASP, session fixation). */
  async create(contents: SessionContents): Promise<LiveSession> {
    const { env, store, keys, limits, issuer } = this.#parts
    const ticket = await issueTicket(keys)
    const now = env.now()
    const { sub, sid } = contents.claims
    const [lookupSub] = await this.lookups('sub', sub)
    const [lookupSid] = typeof sid === 'string' ? await this.lookups('sid', sid) : []
    const record = {
      key: ticket.storeKey,
      issuerKey: issuer,
      lookupSub,
      ...(lookupSid !== undefined && { lookupSid }),
      createdAt: now,
      lastSeenAt: now,
      idleUntil: now + Math.min(limits.idleMs, limits.absoluteMs),
      absoluteUntil: now + limits.absoluteMs,
      refresh: IDLE,
      blob: await keys.seal('contents', contents, ticket.kid, ticket.secret),
    }
    await store.create(record)
    return { ticket, record: { ...record, version: 1 }, contents }
  }

  /**
   * Writes the session if nobody else has since it was read.
   * @returns the session as it is now; undefined where another was faster, or it ended
   */
  async replace(
    { ticket, record }: LiveSession,
    contents: SessionContents,
    refresh: RefreshPhase = IDLE,
  ): Promise<LiveSession | undefined> {
    const { store, keys } = this.#parts
    const { version, ...unversioned } = record
    const blob = await keys.seal('contents', contents, ticket.kid, ticket.secret)
    const next = { ...unversioned, refresh, blob }
    if (!(await store.replace(record.key, version, next))) return undefined
    this.#open.keep({ ticket, blob, contents })
    return { ticket, record: { ...next, version: version + 1 }, contents }
  }

  /** The user is there: the idle limit moves, at most once a minute. */
  async touch({ record }: LiveSession): Promise<void> {
    const { env, store, limits } = this.#parts
    const now = env.now()
    if (now - record.lastSeenAt < Math.min(TOUCH_INTERVAL_MS, limits.idleMs / 4)) return
    const idleUntil = Math.min(now + limits.idleMs, record.absoluteUntil)
    await store.touch(record.key, { lastSeenAt: now, idleUntil })
  }

  /**
   * @param version only if it is there in this one
   * @returns the session as it was at its end; null where there was none to delete
   */
  async delete(ticket: SessionTicket, version?: number): Promise<LiveSession | null> {
    const record = await this.#parts.store.delete(ticket.storeKey, version)
    const contents = record && (await this.#contentsOf(ticket, record.blob))
    if (record) this.#open.forget(ticket)
    return record && contents ? { ticket, record, contents } : null
  }

  /** What the store knows something of the provider's by: the name in use, and those under older keys. */
  lookups(kind: 'sub' | 'sid' | 'jti', value: string): Promise<[string, ...string[]]> {
    return this.#parts.keys.lookups(JSON.stringify([kind, this.#parts.issuer, value]))
  }

  async #contentsOf(ticket: SessionTicket, blob: string): Promise<SessionContents | undefined> {
    const opened = this.#open.contents(ticket, blob)
    const contents =
      opened ??
      ((await this.#parts.keys.open('contents', blob, ticket.secret)) as
        SessionContents | undefined)
    if (contents) this.#open.keep({ ticket, blob, contents })
    return contents
  }
}
