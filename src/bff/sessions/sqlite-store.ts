import { AuthError } from '../../errors.ts'
import { runtimeEnvironment, type BffEnvironment } from '../environment.ts'
import { assertNames } from '../check-names.ts'
import type {
  NewSessionRecord,
  SessionIndex,
  SessionRecord,
  SessionStore,
} from './session-store.ts'
import {
  prepareStatements,
  type SqliteDatabase,
  type SqliteStatements,
  type SqliteValues,
} from './sqlite-statements.ts'
import { storeUnavailableError } from './store-error.ts'

/** Options of `createSqliteStore`. */
export interface SqliteStoreOptions {
  /** An open database: `new DatabaseSync('sessions.db')`. A connection of its own, not one with open transactions. */
  database: SqliteDatabase
  /** How long a statement waits for another process's, and this one with it. Default 500 ms. */
  busyTimeoutMs?: number | undefined
}

/** What a create or a claim clears away of what ended: more than it adds, so the file does not grow by the dead. */
const SWEPT_AT_A_TIME = 8

/** What must be on the disk when it is answered: a rotated refresh token, and that a user signed out. */
const DURABLE: readonly (keyof SessionStore)[] = ['create', 'replace', 'delete', 'deleteBy', 'mark']

/** Sessions in a file of this host: they survive a restart, and several processes share them. */
export function createSqliteStore(
  options: SqliteStoreOptions,
  environment: Pick<BffEnvironment, 'now'> = runtimeEnvironment,
): SessionStore {
  const { database, busyTimeoutMs = 500 } = Object(options) as SqliteStoreOptions
  if (typeof database?.exec !== 'function' || typeof database.prepare !== 'function') {
    throw new TypeError(
      'database: must be an open SQLite database with exec() and prepare(), as of node:sqlite or better-sqlite3.',
    )
  }
  assertNames('createSqliteStore: ', options, { database: true, busyTimeoutMs: true })
  if (!Number.isSafeInteger(busyTimeoutMs) || busyTimeoutMs < 0) {
    throw new TypeError('busyTimeoutMs: must be a whole number of milliseconds.')
  }
  return new SqliteStore(database, busyTimeoutMs, environment.now)
}

class SqliteStore implements SessionStore {
  readonly #database: SqliteDatabase
  readonly #busyTimeoutMs: number
  readonly #now: () => number
  #prepared: SqliteStatements | undefined
  #synchronous = ''

  constructor(database: SqliteDatabase, busyTimeoutMs: number, now: () => number) {
    this.#database = database
    this.#busyTimeoutMs = busyTimeoutMs
    this.#now = now
  }

  async create(record: NewSessionRecord): Promise<boolean> {
    const created = this.#run('create', ({ create }, now) =>
      changed(create.run({ key: record.key, ...columns(record), now })),
    )
    this.#sweepAFew()
    return created
  }

  async get(key: string): Promise<SessionRecord | null> {
    return this.#run('get', ({ get }, now) => {
      const row = get.get({ key, now }) as SessionRow | undefined
      return row ? readRow(row) : null
    })
  }

  async replace(key: string, expectedVersion: number, record: NewSessionRecord): Promise<boolean> {
    return this.#run('replace', ({ replace }, now) =>
      changed(replace.run({ key, ...columns(record), now, version: expectedVersion })),
    )
  }

  async touch(key: string, seen: { lastSeenAt: number; idleUntil: number }): Promise<void> {
    this.#run('touch', ({ touch }, now) =>
      touch.run({ key, seen: seen.lastSeenAt, idle: seen.idleUntil, now }),
    )
  }

  async delete(key: string, version?: number): Promise<SessionRecord | null> {
    return this.#run('delete', (statements, now) => {
      const row = statements.delete.get({ key, now, version: version ?? null })
      return row ? readRow(row as SessionRow) : null
    })
  }

  async deleteBy(index: SessionIndex): Promise<number> {
    return this.#run('deleteBy', ({ deleteBySid, deleteBySub }, now) => {
      const { changes } =
        'lookupSid' in index
          ? deleteBySid.run({ sid: index.lookupSid, now })
          : deleteBySub.run({ sub: index.lookupSub, now })
      return Number(changes)
    })
  }

  async lease(key: string, token: string, durationMs: number): Promise<'got' | 'busy'> {
    return this.#run('lease', ({ claim }, now) =>
      changed(claim.run({ name: leaseOf(key), token, now, until: now + durationMs }))
        ? 'got'
        : 'busy',
    )
  }

  async renew(key: string, token: string, durationMs: number): Promise<boolean> {
    return this.#run('renew', ({ renew }, now) =>
      changed(renew.run({ name: leaseOf(key), token, now, until: now + durationMs })),
    )
  }

  async release(key: string, token: string): Promise<void> {
    this.#run('release', ({ release }) => release.run({ name: leaseOf(key), token }))
  }

  async once(name: string, ttlMs: number): Promise<boolean> {
    const free = this.#run('once', ({ claim }, now) =>
      changed(claim.run({ name: nameOf(name), token: null, now, until: now + ttlMs })),
    )
    if (free) this.#sweepAFew()
    return free
  }

  async mark(name: string, ttlMs: number): Promise<void> {
    this.#run('mark', ({ mark }, now) => mark.run({ name: nameOf(name), now, until: now + ttlMs }))
    this.#sweepAFew()
  }

  async taken(name: string): Promise<number> {
    return this.#run('taken', ({ claimed }, now) => {
      const row = claimed.get({ name: nameOf(name), now }) as { until: number } | undefined
      return row ? row.until - now : 0
    })
  }

  async sweep(limit: number): Promise<number> {
    return this.#run('sweep', ({ sweepSessions, sweepClaims }, now) => {
      const sessions = Number(sweepSessions.run({ now, limit }).changes)
      return sessions + Number(sweepClaims.run({ now, limit: limit - sessions }).changes)
    })
  }

  /** What was asked for is done already: a failure here is none of it. */
  #sweepAFew(): void {
    this.sweep(SWEPT_AT_A_TIME).catch(() => {})
  }

  /** NORMAL survives the end of the process, not of the machine, and does not wait for the disk. */
  #synchronize(level: 'FULL' | 'NORMAL'): void {
    if (this.#synchronous === level) return
    this.#database.exec(`PRAGMA synchronous = ${level}`)
    this.#synchronous = level
  }

  /** The tables are made at the first use: one that finds the file locked fails alone, and the next tries again. */
  #run<Result>(
    what: keyof SessionStore,
    work: (statements: SqliteStatements, now: number) => Result,
  ): Result {
    try {
      this.#prepared ??= prepareStatements(this.#database, this.#busyTimeoutMs)
      this.#synchronize(DURABLE.includes(what) ? 'FULL' : 'NORMAL')
      return work(this.#prepared, this.#now())
    } catch (error) {
      throw error instanceof AuthError ? error : storeUnavailableError(what, error)
    }
  }
}

const leaseOf = (key: string): string => `lease:${key}`
const nameOf = (name: string): string => `name:${name}`

const changed = ({ changes }: { changes: number | bigint }): boolean => Number(changes) > 0

/** What `create` and `replace` write. */
function columns(record: NewSessionRecord): SqliteValues {
  const { issuerKey, createdAt, refresh, blob } = record
  return {
    sub: record.lookupSub,
    sid: record.lookupSid ?? null,
    seen: record.lastSeenAt,
    idle: record.idleUntil,
    absolute: record.absoluteUntil,
    record: JSON.stringify({ issuerKey, createdAt, refresh, blob }),
  }
}

interface SessionRow {
  key: string
  version: number
  lookup_sub: string
  lookup_sid: string | null
  last_seen_at: number
  idle_until: number
  absolute_until: number
  record: string
}

function readRow(row: SessionRow): SessionRecord {
  type Rest = Pick<SessionRecord, 'issuerKey' | 'createdAt' | 'refresh' | 'blob'>
  return {
    key: row.key,
    version: row.version,
    lookupSub: row.lookup_sub,
    ...(row.lookup_sid !== null && { lookupSid: row.lookup_sid }),
    lastSeenAt: row.last_seen_at,
    idleUntil: row.idle_until,
    absoluteUntil: row.absolute_until,
    ...(JSON.parse(row.record) as Rest),
  }
}
