import type {
  NewSessionRecord,
  SessionRecord,
  SessionStore,
} from '../../bff/sessions/session-store.ts'

/** Two instances on the same sessions, as two processes have them; the same one twice where it has no second. */
export interface OpenedStore {
  one: SessionStore
  two: SessionStore
  close(): Promise<void>
}

/** How the contract opens stores, and how time passes for them. Durations are milliseconds. */
export interface SessionStoreContractOptions {
  /** Sessions that no other case sees. */
  open(): Promise<OpenedStore>
  /** ms since 1970, by the clock that ends sessions. */
  now(): number
  /** Lets time pass: for real, or by moving the clocks that the store was given. */
  wait(ms: number): Promise<void>
}

/** One sentence that holds for every store, and what shows it. */
export interface ContractCase {
  title: string
  run(given: CaseGiven): Promise<void>
}

/** What a case is given. */
export interface CaseGiven extends Omit<OpenedStore, 'close'> {
  now: number
  wait(ms: number): Promise<void>
  /** A session of a key of its own that lives for an hour. */
  session(change?: Partial<NewSessionRecord>): NewSessionRecord
}

export const HOUR = 3_600_000

/** Long enough that a busy machine does not outrun it, short enough to wait for. */
export const SHORT = 3_000

export function sessionsFrom(now: number): CaseGiven['session'] {
  let count = 0
  return (change = {}) => ({
    key: `key-${(count += 1)}`,
    issuerKey: 'main',
    lookupSub: 'sub-1',
    createdAt: now,
    lastSeenAt: now,
    idleUntil: now + HOUR,
    absoluteUntil: now + 10 * HOUR,
    refresh: { phase: 'idle' },
    blob: 'sealed',
    ...change,
  })
}

export function same(what: string, actual: unknown, expected: unknown): void {
  if (text(actual) !== text(expected)) {
    throw new Error(`${what}: expected ${text(expected)}, but it is ${text(actual)}`)
  }
}

export function holds(what: string, condition: boolean): void {
  if (!condition) throw new Error(`It does not hold that ${what}.`)
}

/** A session as it must come back: `undefined` and absent are one. */
export function stored(record: NewSessionRecord, version: number): SessionRecord {
  return { ...record, version }
}

export async function mustGet(store: SessionStore, key: string): Promise<SessionRecord> {
  const record = await store.get(key)
  if (!record) throw new Error(`The session ${key} is gone.`)
  return record
}

export const times = (count: number): number[] => Array.from({ length: count }, (_, i) => i)

export const count = (values: readonly unknown[], wanted: unknown): number =>
  values.filter((value) => value === wanted).length

/** With its keys in order, and without those that are undefined. */
function text(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )
}
