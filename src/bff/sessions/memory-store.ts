import { runtimeEnvironment, type BffEnvironment } from '../environment.ts'
import { assertNames } from '../check-names.ts'
import { ExpiringMap } from './expiring-map.ts'
import { endOf, isOfIndex, laterSeen } from './session-record.ts'
import type {
  NewSessionRecord,
  SessionIndex,
  SessionRecord,
  SessionStore,
} from './session-store.ts'

/** Options of `createMemoryStore`. */
export interface MemoryStoreOptions {
  /** Default false: a restart signs everybody out, and a second process knows none of the first one's sessions. */
  allowInProduction?: boolean | undefined
  /** Default 100,000. A sign-in that finds the store full fails; nobody is signed out for it. */
  maxSessions?: number | undefined
}

/** Sessions of one process, for development and tests: they end with it. */
export function createMemoryStore(
  options: MemoryStoreOptions = {},
  environment: Pick<BffEnvironment, 'now' | 'monotonic' | 'isProduction'> = runtimeEnvironment,
): SessionStore {
  assertNames('createMemoryStore: ', options, { allowInProduction: true, maxSessions: true })
  const { allowInProduction = false, maxSessions = 100_000 } = options
  if (typeof allowInProduction !== 'boolean') {
    throw new TypeError('allowInProduction: must be true or false.')
  }
  if (environment.isProduction && !allowInProduction) {
    throw new TypeError(
      'store: sessions in memory end with the process, and NODE_ENV is "production". Use evertoken/bff/redis or evertoken/bff/sqlite, or say createMemoryStore({ allowInProduction: true }).',
    )
  }
  if (!Number.isSafeInteger(maxSessions) || maxSessions < 1) {
    throw new TypeError('maxSessions: must be a whole number of at least 1.')
  }
  return new MemoryStore(maxSessions, environment)
}

class MemoryStore implements SessionStore {
  readonly #sessions: ExpiringMap<SessionRecord>
  /** Measured without the wall clock, which may be set. */
  readonly #leases: ExpiringMap<string>
  readonly #names: ExpiringMap<true>
  readonly #monotonic: () => number

  constructor(limit: number, { now, monotonic }: Pick<BffEnvironment, 'now' | 'monotonic'>) {
    this.#monotonic = monotonic
    this.#sessions = new ExpiringMap(limit, now)
    this.#leases = new ExpiringMap(limit, monotonic)
    this.#names = new ExpiringMap(limit, monotonic)
  }

  async create(record: NewSessionRecord): Promise<boolean> {
    if (this.#sessions.get(record.key)) return false
    this.#write(record, 1)
    return true
  }

  async get(key: string): Promise<SessionRecord | null> {
    return this.#sessions.get(key) ?? null
  }

  async replace(key: string, expectedVersion: number, record: NewSessionRecord): Promise<boolean> {
    const stored = this.#sessions.get(key)
    if (stored?.version !== expectedVersion) return false
    this.#write({ ...record, ...laterSeen(stored, record), key }, expectedVersion + 1)
    return true
  }

  async touch(key: string, seen: { lastSeenAt: number; idleUntil: number }): Promise<void> {
    const stored = this.#sessions.get(key)
    if (stored) this.#write({ ...stored, ...laterSeen(stored, seen) }, stored.version)
  }

  async delete(key: string, version?: number): Promise<SessionRecord | null> {
    const stored = this.#sessions.get(key)
    if (!stored || (version !== undefined && stored.version !== version)) return null
    this.#sessions.delete(key)
    return stored
  }

  async deleteBy(index: SessionIndex): Promise<number> {
    const found = this.#sessions.live().filter((record) => isOfIndex(record, index))
    for (const { key } of found) this.#sessions.delete(key)
    return found.length
  }

  async lease(key: string, token: string, durationMs: number): Promise<'got' | 'busy'> {
    const holder = this.#leases.get(key)
    if (holder !== undefined && holder !== token) return 'busy'
    this.#leases.set(key, token, this.#monotonic() + durationMs)
    return 'got'
  }

  async renew(key: string, token: string, durationMs: number): Promise<boolean> {
    if (this.#leases.get(key) !== token) return false
    this.#leases.set(key, token, this.#monotonic() + durationMs)
    return true
  }

  async release(key: string, token: string): Promise<void> {
    if (this.#leases.get(key) === token) this.#leases.delete(key)
  }

  async once(name: string, ttlMs: number): Promise<boolean> {
    if (this.#names.get(name)) return false
    this.#names.set(name, true, this.#monotonic() + ttlMs)
    return true
  }

  async mark(name: string, ttlMs: number): Promise<void> {
    this.#names.set(name, true, this.#monotonic() + ttlMs)
  }

  async taken(name: string): Promise<number> {
    return this.#names.remaining(name)
  }

  async sweep(limit: number): Promise<number> {
    let swept = 0
    for (const map of [this.#sessions, this.#leases, this.#names]) swept += map.sweep(limit - swept)
    return swept
  }

  #write(record: NewSessionRecord, version: number): void {
    // What was given out, or in, is nobody's to change.
    const refresh = Object.freeze({ ...record.refresh })
    this.#sessions.set(record.key, Object.freeze({ ...record, refresh, version }), endOf(record))
  }
}
