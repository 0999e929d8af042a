import { CODE_LIFETIME_MS } from '../../src/renewal/lifetime.ts'
import { describe, expect, test } from 'vitest'
import { claimInThread, claimPerOrigin, type ClaimOnce } from '../../src/vault/claim-once.ts'
import { instant } from '../../src/vault/environment.ts'
import { VirtualDevice } from '../../src/testing/device/virtual-device.ts'

const NAME = 'evertoken.claimed.test'

function device() {
  const world = new VirtualDevice({
    fetch: () => Promise.reject(new TypeError('no network')),
  })
  const marks = {
    get: (name: string) => world.originStorage.get(name) ?? null,
    set: (name: string, value: string | null) =>
      Boolean(world.originStorage.set(name, value ?? '')),
  }
  const thread = () => claimInThread(() => instant(world.thread()))
  const page = (options?: { locks?: boolean }, storage = marks): ClaimOnce =>
    claimPerOrigin(world.thread(options), thread(), storage, NAME)
  return { world, thread, page }
}

describe.each(['thread', 'page'] as const)('A-11 a claim of a %s', (kind) => {
  test('is given once', async () => {
    const claim = device()[kind]()
    expect([await claim('a'), await claim('a'), await claim('b')]).toEqual([true, false, true])
  })

  test('is given to one of two that come in the same moment', async () => {
    const claim = device()[kind]()
    expect(await Promise.all([claim('a'), claim('a')])).toEqual([true, false])
  })

  test('holds as long as a code can be worth something', async () => {
    const made = device()
    const claim = made[kind]()
    await claim('a')
    await made.world.advance(CODE_LIFETIME_MS - 1)
    expect(await claim('a')).toBe(false)
  })
})

test('a thread remembers no endless number of claims', async () => {
  const claim = device().thread()
  for (let i = 0; i < 1000; i++) await claim(`${i}`)
  expect([await claim('999'), await claim('0')]).toEqual([false, true])
})

describe('A-11 two pages of one origin', () => {
  test.each([true, false])('take one response once (locks: %s)', async (locks) => {
    const { page } = device()
    const [one, two] = [page({ locks }), page({ locks })]
    expect(await Promise.all([one('a'), two('a')])).toEqual([true, false])
    expect(await two('b')).toBe(true)
  })

  test('tell apart states that hold the marks’ own separators', async () => {
    const { page } = device()
    const [one, two] = [page(), page()]
    for (const state of ['a', 'a@9', 'a b', 'b', '%40']) {
      expect([await one(state), await two(state)]).toEqual([true, false])
    }
  })

  test('without storage each knows what it took itself', async () => {
    const { page } = device()
    const one = page({}, { get: () => null, set: () => false })
    expect([await one('a'), await one('a')]).toEqual([true, false])
  })

  test('keep a bounded list of marks', async () => {
    const { page, world } = device()
    const claim = page()
    for (let i = 0; i < 100; i++) await claim(`s${i}`)
    expect(world.originStorage.get(NAME)!.split(' ').length).toBeLessThanOrEqual(21)
  })
})
