import { expect, test } from 'vitest'
import { setUp } from '../setup.ts'

const SESSIONS = 300

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
}, 120_000)
