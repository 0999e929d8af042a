import { expect, test } from 'vitest'
import { createMemoryStore } from '../../src/bff/sessions/memory-store.ts'
import type { SessionStore } from '../../src/bff/sessions/session-store.ts'
import { sessionStoreContract } from '../../src/testing/session-store-contract.ts'
import { mistakes, type Mistake } from './broken-stores.ts'

const START = 1_700_000_000_000

/** The sentences of the contract that do not hold for a store in memory with one mistake in it. */
async function brokenSentences(mistake: Mistake): Promise<string[]> {
  let passed = 0
  const memory = () =>
    createMemoryStore(
      {},
      { now: () => START + passed, monotonic: () => passed, isProduction: false },
    )
  const cases = sessionStoreContract({
    async open() {
      passed = 0
      const right = memory()
      const wrong = Object.assign(bound(right), mistake(right))
      return { one: wrong, two: wrong, close: async () => {} }
    },
    now: () => START,
    wait: async (ms) => {
      passed += ms
    },
  })
  const broken: string[] = []
  for (const { title, run } of cases) await run().catch(() => broken.push(title))
  return broken
}

const bound = (store: SessionStore): SessionStore => ({
  create: async (record) => await store.create(record),
  get: async (key) => await store.get(key),
  replace: async (key, version, record) => await store.replace(key, version, record),
  touch: async (key, seen) => await store.touch(key, seen),
  delete: async (key, version) => await store.delete(key, version),
  deleteBy: async (index) => await store.deleteBy(index),
  lease: async (key, token, ms) => await store.lease(key, token, ms),
  renew: async (key, token, ms) => await store.renew(key, token, ms),
  release: async (key, token) => await store.release(key, token),
  once: async (name, ms) => await store.once(name, ms),
  mark: async (name, ms) => await store.mark(name, ms),
  taken: async (name) => await store.taken(name),
  sweep: async (limit) => await store.sweep!(limit),
})

test('the contract holds for a store without a mistake', async () => {
  expect(await brokenSentences(() => ({}))).toEqual([])
})

test.each(mistakes)('the contract refuses a store that %s', async (_, mistake) => {
  expect(await brokenSentences(mistake)).not.toEqual([])
})
