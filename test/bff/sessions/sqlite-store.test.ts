import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { SqliteDatabase } from '../../../src/bff/sessions/sqlite-statements.ts'
import { createSqliteStore } from '../../../src/bff/sessions/sqlite-store.ts'
import { sessionStoreContract } from '../../../src/testing/session-store-contract.ts'
import { HOUR, sessionsFrom, times } from '../../../src/testing/session-store/setup.ts'
import { failure } from '../../support/outcomes.ts'
import { sqliteDriver } from '../../support/sqlite.ts'

const START = 1_700_000_000_000

const folder = mkdtempSync(join(tmpdir(), 'evertoken-sqlite-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const driver = await sqliteDriver()
// Which one it was is a fact of the run, not of the code.
console.log(`figure: SQLite through ${driver.name} on Node ${process.version}`)

let files = 0
const newFile = (): string => join(folder, `${(files += 1)}.db`)

function sqlite(file = newFile()) {
  const clock = { now: START }
  const databases = [driver.open(file), driver.open(file)]
  const [one, two] = databases.map((database) =>
    createSqliteStore({ database }, { now: () => clock.now }),
  ) as [ReturnType<typeof createSqliteStore>, ReturnType<typeof createSqliteStore>]
  const close = (): void => databases.forEach((database) => database.close())
  return { clock, one, two, close, session: sessionsFrom(START), file }
}

describe('the contract of session stores, in SQLite by two connections,', () => {
  let current: ReturnType<typeof sqlite>
  const cases = sessionStoreContract({
    open: async () => {
      current = sqlite()
      return { ...current, close: async () => current.close() }
    },
    now: () => START,
    wait: async (ms) => {
      current.clock.now += ms
    },
  })
  test.each(cases)('$title', async ({ run }) => await run())
})

test('keeps sessions when every process has ended', async () => {
  const first = sqlite()
  const record = first.session()
  await first.one.create(record)
  first.close()
  const second = sqlite(first.file)
  expect(await second.one.get(record.key)).toEqual({ ...record, version: 1 })
  second.close()
})

test('gives up on a file that another process keeps locked, as a store that is away, and goes on after it', async () => {
  const { one, close, session, file } = sqlite()
  await one.create(session())
  const record = session()
  const other = driver.open(file)
  other.exec('BEGIN IMMEDIATE')
  const error = await failure(one.create(record))
  expect(error).toMatchObject({ code: 'store_unavailable', recoverable: true })
  // Readers do not wait for a writer.
  expect(await one.get('key-1')).not.toBeNull()
  other.exec('ROLLBACK')
  await one.create(record)
  other.close()
  close()
})

test('says of every method that the store is away when the database fails', async () => {
  const working = driver.open(newFile())
  let broken = false
  const fail = <Arguments extends unknown[], Result>(work: (...given: Arguments) => Result) => {
    return (...given: Arguments): Result => {
      if (broken) throw new Error('disk I/O error')
      return work(...given)
    }
  }
  const database: SqliteDatabase = {
    exec: fail((sql) => working.exec(sql)),
    prepare(sql) {
      const statement = working.prepare(sql)
      return { run: fail((values) => statement.run(values)), get: fail((v) => statement.get(v)) }
    },
  }
  const store = createSqliteStore({ database }, { now: () => START })
  const record = sessionsFrom(START)()
  await store.create(record)
  broken = true
  const calls = [
    store.create(sessionsFrom(START)()),
    store.get(record.key),
    store.replace(record.key, 1, record),
    store.touch(record.key, { lastSeenAt: START, idleUntil: START }),
    store.delete(record.key),
    store.deleteBy({ lookupSub: 'sub' }),
    store.lease('key', 'a', HOUR),
    store.renew('key', 'a', HOUR),
    store.release('key', 'a'),
    store.once('name', HOUR),
    store.taken('name'),
    store.sweep!(1),
  ]
  for (const call of calls) {
    const error = await failure(call)
    expect(error).toMatchObject({ code: 'store_unavailable' })
    expect(error.message).toMatch(/^The session store failed at \w+: disk I\/O error$/)
  }
  working.close()
})

test('tries again to make its tables when the first use could not', async () => {
  const file = newFile()
  const blocker = driver.open(file)
  blocker.exec('PRAGMA journal_mode = WAL')
  blocker.exec('BEGIN IMMEDIATE')
  const database = driver.open(file)
  const store = createSqliteStore({ database, busyTimeoutMs: 1 }, { now: () => START })
  expect(await failure(store.get('key'))).toMatchObject({ code: 'store_unavailable' })
  blocker.exec('ROLLBACK')
  expect(await store.get('key')).toBeNull()
  for (const opened of [blocker, database]) opened.close()
})

test('does not grow by what has ended', async () => {
  const { one, clock, close, session, file } = sqlite()
  for (const i of times(100)) {
    await one.create(session({ idleUntil: clock.now + 10 }))
    await one.lease(`lease-${i}`, 'a', 10)
    await one.once(`name-${i}`, 10)
    clock.now += 1
  }
  const database = driver.open(file)
  const rows = (table: string): number => {
    const row = database.prepare(`SELECT count(*) AS count FROM ${table}`).get({})
    return (row as { count: number }).count
  }
  expect(rows('evertoken_sessions')).toBeLessThan(20)
  expect(rows('evertoken_claims')).toBeLessThan(40)
  database.close()
  close()
})

test('is not held by a lease or a name from before the clock was set back', async () => {
  const { one, clock, close } = sqlite()
  await one.lease('key', 'a', 1_000)
  await one.once('name', 1_000)
  clock.now -= HOUR
  expect(await one.renew('key', 'a', 1_000)).toBe(false)
  expect(await one.lease('key', 'b', 1_000)).toBe('got')
  expect(await one.taken('name')).toBe(0)
  expect(await one.once('name', 1_000)).toBe(true)
  close()
})

test.each([
  ['database', { database: undefined as unknown as SqliteDatabase }],
  ['database', { database: { exec() {} } as unknown as SqliteDatabase }],
  ['busyTimeoutMs', { database: driver.open(':memory:'), busyTimeoutMs: -1 }],
  ['busyTimeoutMs', { database: driver.open(':memory:'), busyTimeoutMs: Number.NaN }],
])('refuses a wrong option, and names it: %s', (name, options) => {
  expect(() => createSqliteStore(options)).toThrow(TypeError)
  expect(() => createSqliteStore(options)).toThrow(new RegExp(`^${name}:`))
})
