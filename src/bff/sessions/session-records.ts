import type { BffEnvironment } from '../environment.ts'
import type { KeyRing } from '../keys/key-ring.ts'
import type { Lookups } from '../keys/lookups.ts'
import type { SessionTicket } from '../keys/session-ticket.ts'
import type { EndedAtProvider } from '../login/tombstones.ts'
import { OpenRecords } from './open-records.ts'
import { persist } from './persist.ts'
import { readContents } from './check-contents.ts'
import type { SessionContents } from './session-contents.ts'
import type { RefreshPhase, SessionRecord, SessionStore } from './session-store.ts'
import type { LiveSession, SessionTimes } from './sessions.ts'

/** A session of a store: its whole record. */
export interface StoredSession extends LiveSession {
  readonly record: SessionRecord
}

/** Longer than a refresh takes, with all that it waits for. */
const REPLACED_MS = 600_000
const pauseName = (storeKey: string, needKey: string): string => `pause:${storeKey}:${needKey}`
const replacedName = (storeKey: string): string => `replaced:${storeKey}`

const IDLE: RefreshPhase = { phase: 'idle' }

interface RecordParts {
  env: Pick<BffEnvironment, 'now' | 'timer'>
  store: SessionStore
  keys: KeyRing
  lookups: Lookups
  issuer: string
}

/** The sessions of a store by their tickets: sealed on the way in, opened on the way out. */
export class SessionRecords {
  readonly #parts: RecordParts
  readonly #open = new OpenRecords()

  constructor(parts: RecordParts) {
    this.#parts = parts
  }

  /** The ticket of a cookie that came before. */
  knownTicket(cookie: string): SessionTicket | undefined {
    return this.#open.ticket(cookie)
  }

  /** @returns undefined where the session ended, or cannot be read here. @throws AuthError `store_unavailable` */
  async read(ticket: SessionTicket): Promise<StoredSession | undefined> {
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

  /** @returns undefined where there is a session of this ticket */
  async create(
    ticket: SessionTicket,
    contents: SessionContents,
    times: SessionTimes,
  ): Promise<StoredSession | undefined> {
    const { env, store, keys, lookups, issuer } = this.#parts
    const { sub, sid } = contents.claims
    const [lookupSub] = await lookups.of('sub', sub)
    const [lookupSid] = typeof sid === 'string' ? await lookups.of('sid', sid) : []
    const { createdAt, idleUntil, absoluteUntil } = times
    const record = {
      key: ticket.storeKey,
      issuerKey: issuer,
      lookupSub,
      ...(lookupSid !== undefined && { lookupSid }),
      createdAt,
      lastSeenAt: env.now(),
      idleUntil: Math.min(idleUntil, absoluteUntil),
      absoluteUntil,
      refresh: IDLE,
      blob: await keys.seal('contents', contents, { kid: ticket.kid, extra: ticket.secret }),
    }
    if (!(await store.create(record))) return undefined
    return { ticket, record: { ...record, version: 1 }, contents }
  }

  /**
   * Writes the session if nobody else has since it was read.
   * @returns the session as it is now; undefined where another was faster, or it ended
   */
  async replace(
    { ticket, record }: StoredSession,
    contents: SessionContents,
    refresh: RefreshPhase = IDLE,
  ): Promise<StoredSession | undefined> {
    const { store, keys } = this.#parts
    const { version, ...unversioned } = record
    const blob = await keys.seal('contents', contents, { kid: ticket.kid, extra: ticket.secret })
    const next = { ...unversioned, refresh, blob }
    if (!(await store.replace(record.key, version, next))) return undefined
    this.#open.keep({ ticket, blob, contents })
    return { ticket, record: { ...next, version: version + 1 }, contents }
  }

  /** @param idleUntil the idle limit from now on, if it is later than the one before */
  async touch({ record }: StoredSession, idleUntil: number): Promise<void> {
    const until = Math.min(idleUntil, record.absoluteUntil)
    await this.#parts.store.touch(record.key, {
      lastSeenAt: this.#parts.env.now(),
      idleUntil: until,
    })
  }

  /**
   * @param version only if it is there in this one
   * @returns the session as it was at its end; null where there was none to delete
   */
  async delete(ticket: SessionTicket, version?: number): Promise<StoredSession | null> {
    const record = await this.#parts.store.delete(ticket.storeKey, version)
    const contents = record && (await this.#contentsOf(ticket, record.blob))
    if (record) this.#open.forget(ticket)
    return record && contents ? { ticket, record, contents } : null
  }

  /**
   * Ends a session as soon as the store is there.
   * @returns the session as it was at its end, or just before, where the answer to that was lost; null where there was none
   */
  async end(ticket: SessionTicket, maxTries?: number): Promise<StoredSession | null> {
    const { env } = this.#parts
    // Also where it cannot be read, it is over.
    const before = await this.read(ticket).catch(() => undefined)
    let isOpen = false
    const deletion = async () => {
      try {
        return await this.delete(ticket)
      } catch (error) {
        isOpen = true
        throw error
      }
    }
    const ended = await persist(env, deletion, maxTries)
    return ended ?? (isOpen ? (before ?? null) : null)
  }

  /** @returns how many there were of what the provider ended */
  async deleteBy({ sid, sub = '' }: EndedAtProvider): Promise<number> {
    const { store, lookups } = this.#parts
    const indexes =
      sid === undefined
        ? (await lookups.of('sub', sub)).map((lookupSub) => ({ lookupSub }))
        : (await lookups.of('sid', sid)).map((lookupSid) => ({ lookupSid }))
    let count = 0
    for (const index of indexes) count += await store.deleteBy(index)
    return count
  }

  /** Before it is deleted: what a refresh under way brings back belongs to the grant of the user's next session. */
  async markReplaced({ storeKey }: Pick<SessionTicket, 'storeKey'>): Promise<void> {
    await this.#parts.store.mark(replacedName(storeKey), REPLACED_MS)
  }

  async wasReplaced({ storeKey }: SessionTicket): Promise<boolean> {
    return (await this.#parts.store.taken(replacedName(storeKey))) > 0
  }

  /** No request for this need goes out for a while, from no instance. */
  async markPaused({ storeKey }: SessionTicket, needKey: string, ms: number): Promise<void> {
    await this.#parts.store.mark(pauseName(storeKey, needKey), ms)
  }

  /** @returns milliseconds, by the store's clock */
  pausedFor({ storeKey }: SessionTicket, needKey: string): Promise<number> {
    return this.#parts.store.taken(pauseName(storeKey, needKey))
  }

  /** Of a session whose ticket is not here. */
  async deleteByKey(storeKey: string): Promise<void> {
    await this.#parts.store.delete(storeKey)
  }

  async #contentsOf(ticket: SessionTicket, blob: string): Promise<SessionContents | undefined> {
    const opened = this.#open.contents(ticket, blob)
    const contents =
      opened ?? readContents(await this.#parts.keys.open('contents', blob, ticket.secret))
    if (contents) this.#open.keep({ ticket, blob, contents })
    return contents
  }
}
