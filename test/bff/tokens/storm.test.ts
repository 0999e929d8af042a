import { expect, test } from 'vitest'
import { createBff } from '../../../src/bff/create-bff.ts'
import { turns } from '../../../src/testing/device/settle.ts'
import { watchThreads } from '../../../src/testing/device/threads.ts'
import { VirtualClock } from '../../../src/testing/device/virtual-clock.ts'
import { problemOf, setUp } from '../setup.ts'

const SESSIONS = 300

const oneTurn = () => turns(1, () => false)

test('B-25 B-27 sessions that all expire at once cause one request each, a few at a time, and none is lost', async () => {
  const { browser, provider, advance, events } = await setUp({
    provider: { expiresIn: 300, refreshIdToken: false, alg: 'ES256' },
    options: { mediated: [{}] },
  })
  const users = Array.from({ length: SESSIONS }, () => browser())
  for (const user of users) await user.signIn()
  advance(301_000)
  let most = 0
  let running = 0
  provider.always('token', async (act) => {
    most = Math.max(most, ++running)
    await new Promise((resolve) => setTimeout(resolve, 20))
    const response = await act()
    running--
    return response
  })
  // Two calls of each page. One that waits too long is told to come again, as pages do.
  const statusOf = async (user: (typeof users)[number]) => {
    for (;;) {
      const { status } = await user.post('/bff/token')
      if (status !== 503) return status
      await new Promise((resolve) => setTimeout(resolve, 500))
    }
  }
  const statuses = await Promise.all([...users, ...users].map(statusOf))
  expect(new Set(statuses)).toEqual(new Set([200]))
  expect(provider.requests('token')).toHaveLength(2 * SESSIONS)
  expect(most).toBeLessThanOrEqual(16)
  expect(events.filter(({ type }) => type === 'session-ended')).toEqual([])
  expect([...provider.refreshTokens.values()].every(({ grant }) => grant.alive)).toBe(true)
}, 300_000)

test('B-25 B-27 a storm that a slow provider takes long for costs one request a session, however often pages are told to come again', async () => {
  const clock = new VirtualClock()
  const setup = await setUp({
    provider: { expiresIn: 300, refreshIdToken: false, alg: 'ES256' },
    options: { mediated: [{}] },
  })
  const { provider, options, env, advance, events } = setup
  const users = Array.from({ length: 60 }, () => setup.browser())
  for (const user of users) await user.signIn()
  advance(301_000)
  const timed = { ...env, timer: clock.timer.bind(clock) }
  const bff = createBff(options, timed)
  for (const user of users) user.bff = bff
  const waiting: (() => void)[] = []
  provider.always('token', async (act) => {
    await new Promise<void>((resolve) => waiting.push(resolve))
    return act()
  })
  watchThreads()
  /** Time passes by so much with every turn, and stands still while threads are at work. */
  const until = async (isSo: () => boolean, ms = 0) => {
    for (let turn = 0; turn < 20_000 && !isSo(); turn++) {
      const end = clock.monotonic + ms
      while (clock.runNext(end)) await oneTurn()
      await oneTurn()
    }
    expect(isSo()).toBe(true)
  }
  const answersOf = async (asked: Promise<Response>[], ms: number, act = () => {}) => {
    let answered = 0
    for (const one of asked) void one.then(() => answered++)
    await until(() => (act(), answered === asked.length), ms)
    return Promise.all(asked)
  }
  const ask = () => users.map((user) => user.post('/bff/token'))
  for (let round = 0; round < 3; round++) {
    const asked = ask()
    await until(() => waiting.length === 16)
    // Eight seconds later nobody waits any more; who renews leases still does.
    for (const answer of await answersOf(asked, 100)) {
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1'])
      expect((await problemOf(answer)).code).toBe('provider_unavailable')
    }
    expect(waiting).toHaveLength(16)
  }
  const last = await answersOf(ask(), 0, () => {
    for (const answer of waiting.splice(0)) answer()
  })
  expect(last.map(({ status }) => status)).toEqual(users.map(() => 200))
  expect(provider.requests('token')).toHaveLength(2 * users.length)
  expect(events.filter(({ type }) => type === 'session-ended')).toEqual([])
  await bff.close()
})
