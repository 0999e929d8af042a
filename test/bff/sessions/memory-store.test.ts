import { describe, expect, test } from 'vitest'
import type { BffEnvironment } from '../../../src/bff/environment.ts'
import {
  createMemoryStore,
  type MemoryStoreOptions,
} from '../../../src/bff/sessions/memory-store.ts'
import { sessionStoreContract } from '../../../src/testing/session-store-contract.ts'
import { sessionsFrom } from '../../../src/testing/session-store/setup.ts'
import { failure } from '../../support/outcomes.ts'

const START = 1_700_000_000_000

function memory(options: MemoryStoreOptions = {}, isProduction = false) {
  const clock = { passed: 0, set: 0 }
  const environment: Pick<BffEnvironment, 'now' | 'monotonic' | 'isProduction'> = {
    now: () => START + clock.passed + clock.set,
    monotonic: () => clock.passed,
    isProduction,
  }
  return { clock, store: createMemoryStore(options, environment), session: sessionsFrom(START) }
}

describe('the contract of session stores, in memory,', () => {
  let current = memory()
  const cases = sessionStoreContract({
    open: async () => {
      current = memory()
      return { one: current.store, two: current.store, close: async () => {} }
    },
    now: () => START,
    wait: async (ms) => {
      current.clock.passed += ms
    },
  })
  test.each(cases)('$title', async ({ run }) => await run())
})

test('is refused in production, unless it is allowed by name', () => {
  expect(() => memory({}, true)).toThrow(TypeError)
  expect(() => memory({}, true)).toThrow('allowInProduction')
  memory({ allowInProduction: true }, true)
})

test.each([0, -1, 1.5, Number.NaN, '9' as unknown as number])(
  'refuses maxSessions: %j',
  (maxSessions) => {
    expect(() => memory({ maxSessions })).toThrow(/^maxSessions/)
  },
)

test('refuses a session more than it may hold, and ends none for it', async () => {
  const { store, clock, session } = memory({ maxSessions: 3 })
  const records = [session(), session(), session({ idleUntil: START + 1_000 })]
  for (const record of records) await store.create(record)
  const error = await failure(store.create(session()))
  expect(error).toMatchObject({ code: 'store_unavailable', recoverable: true })
  expect(error.message).toContain('maxSessions')
  for (const { key } of records) expect(await store.get(key)).not.toBeNull()
  expect(await store.replace(records[0]!.key, 1, records[0]!)).toBe(true)
  // The place of one that ended is free.
  clock.passed += 1_000
  await store.create(session())
})

test('does not grow by what has ended', async () => {
  const { store, clock, session } = memory()
  for (let i = 0; i < 20_000; i += 1) {
    const now = START + clock.passed
    await store.create(session({ idleUntil: now + 10 }))
    await store.lease(`lease-${i}`, 'a', 10)
    await store.once(`name-${i}`, 10)
    clock.passed += 1
  }
  clock.passed += 10
  expect(await store.sweep!(100_000)).toBeLessThan(3 * 2_048)
})

test('times leases and names without the wall clock', async () => {
  const { store, clock } = memory()
  await store.lease('key', 'a', 1_000)
  await store.once('name', 1_000)
  clock.set = 3_600_000
  expect(await store.lease('key', 'b', 1_000)).toBe('busy')
  expect(await store.once('name', 1_000)).toBe(false)
  clock.set = -3_600_000
  clock.passed += 1_000
  expect(await store.lease('key', 'b', 1_000)).toBe('got')
  expect(await store.once('name', 1_000)).toBe(true)
})

test('gives out nothing that can be changed in it', async () => {
  const { store, session } = memory()
  const record = { ...session(), refresh: { phase: 'idle' as string } as { phase: 'idle' } }
  await store.create(record)
  Object.assign(record.refresh, { phase: 'changed' })
  const read = (await store.get(record.key))!
  expect(read.refresh).toEqual({ phase: 'idle' })
  expect(() => Object.assign(read, { blob: 'changed' })).toThrow(TypeError)
  expect(() => Object.assign(read.refresh, { phase: 'changed' })).toThrow(TypeError)
})
