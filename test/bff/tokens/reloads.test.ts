import { expect, test } from 'vitest'
import { seededRandom } from '../../support/seeded-random.ts'
import { ORIGIN, setUp } from '../setup.ts'

const EXPIRES_IN_S = 300
const RELOADS = 500
/** A refresh takes about so long; a reload comes anywhere in it, or before it, or behind. */
const REFRESH_MS = 4

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

test('U8 B-26 five hundred reloads at random moments of a refresh sign nobody out, and lose no rotated token', async () => {
  const random = seededRandom()
  const { browser, provider, advance, events } = await setUp({
    provider: { expiresIn: EXPIRES_IN_S, refreshIdToken: false },
    options: { mediated: [{}], absoluteTimeoutMs: 1000 * EXPIRES_IN_S * 2 * RELOADS },
  })
  provider.always('token', async (act) => {
    await pause(random() * (REFRESH_MS / 2))
    const response = await act()
    await pause(random() * (REFRESH_MS / 2))
    return response
  })
  const user = browser()
  await user.signIn()
  const signedIn: boolean[] = []
  const statuses = new Set<number>()
  for (let reload = 0; reload < RELOADS; reload++) {
    advance(1000 * (EXPIRES_IN_S + 1))
    const page = new AbortController()
    const headers = { 'x-csrf': '1', origin: ORIGIN, cookie: user.cookie }
    const path = reload % 2 ? '/bff/refresh' : '/bff/token'
    // What this page is answered is lost with it, its cookies too.
    const lost = user.bff.handle(
      new Request(ORIGIN + path, { method: 'POST', headers, signal: page.signal }),
    )
    await pause(random() * REFRESH_MS * 1.5)
    page.abort()
    const session = await user.sessionAnswer()
    signedIn.push(session.authenticated)
    // The page after it needs a token, too: it gets the one that is under way.
    statuses.add((await user.post('/bff/token')).status)
    await lost
  }
  expect(signedIn).toEqual(Array(RELOADS).fill(true))
  expect([...statuses]).toEqual([200])
  // Each expiry was one refresh, and no refresh token was ever spent twice.
  expect(provider.requests('token').length - 1).toBe(RELOADS)
  expect([...provider.refreshTokens.values()].every(({ grant }) => grant.alive)).toBe(true)
  expect(events.filter(({ type }) => type === 'session-ended')).toEqual([])
}, 300_000)
