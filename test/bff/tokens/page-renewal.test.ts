import { describe, expect, test } from 'vitest'
import { createMemoryStore } from '../../../src/bff/sessions/memory-store.ts'
import { sealedCookies } from '../../../src/bff/sessions/sealed-cookies.ts'
import type { SignedInAnswer } from '../../../src/bff-protocol.ts'
import { behaviours, status } from '../../../src/testing/provider/behaviours.ts'
import { refusal } from '../../../src/testing/provider/responses.ts'
import { codeOf, heldAnswer, pieces, renew, renewalUnderWay, signedIn } from '../cookie-setup.ts'
import { ORIGIN, problemOf } from '../setup.ts'

const MINUTE = 60_000

describe('a renewal of a session in cookies', () => {
  test('B-25 is one request however many ask with the same cookie, and the late ones get the newest, too', async () => {
    const { user, advance, refreshes, provider } = await signedIn()
    advance(301_000)
    const { cookie } = user
    const ask = async () => await user.call('/bff/refresh', { method: 'POST', headers: { cookie } })
    const answers = await Promise.all(Array.from({ length: 50 }, ask))
    const told = await Promise.all(
      answers.map(async (each) => (await each.json()) as SignedInAnswer),
    )
    expect(new Set(told.map(({ generation }) => generation))).toEqual(new Set([2]))
    expect(refreshes()).toBe(1)
    // Its answer never reached the browser, and another tab has gone on since.
    advance(301_000)
    await renew(user)
    expect(refreshes()).toBe(2)
    expect((await (await ask()).json()) as SignedInAnswer).toMatchObject({ generation: 3 })
    expect(await user.sessionAnswer()).toMatchObject({ generation: 3 })
    expect(refreshes()).toBe(2)
    expect([...provider.refreshTokens.values()].every(({ grant }) => grant.alive)).toBe(true)
  })

  test('B-25 is one request of two processes that share a deny-list', async () => {
    const { user, another, advance, refreshes, provider, bff } = await signedIn({
      store: sealedCookies({ denyList: createMemoryStore() }),
    })
    const other = another()
    advance(301_000)
    const { cookie } = user
    const headers = { cookie, 'x-csrf': '1' }
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, at) =>
        (at % 2 ? bff : other).handle(
          new Request(`${ORIGIN}/bff/refresh`, { method: 'POST', headers }),
        ),
      ),
    )
    for (const each of answers) expect(await each!.json()).toMatchObject({ generation: 2 })
    expect(refreshes()).toBe(1)
    expect([...provider.refreshTokens.values()].every(({ grant }) => grant.alive)).toBe(true)
  })

  test('B-25 goes on with the cookie where another process without a deny-list renewed it', async () => {
    const { user, another, advance, refreshes, bff } = await signedIn()
    const other = another({ store: sealedCookies() })
    for (let expiry = 1; expiry <= 4; expiry++) {
      user.bff = expiry % 2 ? bff : other
      advance(301_000)
      expect(await renew(user)).toMatchObject({ generation: expiry + 1 })
    }
    expect(refreshes()).toBe(4)
  })

  test('B-26 is not lost with a page that leaves: the next one is given it', async () => {
    const { user, advance, refreshes, provider, bff } = await signedIn()
    advance(301_000)
    const arrive = heldAnswer(provider)
    const leaving = new AbortController()
    const headers = { 'x-csrf': '1', cookie: user.cookie }
    const left = bff.handle(
      new Request(`${ORIGIN}/bff/refresh`, { method: 'POST', headers, signal: leaving.signal }),
    )
    await expect.poll(() => provider.requests('token').length).toBe(2)
    leaving.abort()
    arrive()
    await left
    advance(9 * MINUTE)
    expect(await renew(user)).toMatchObject({ authenticated: true })
    expect([...provider.refreshTokens.values()].every(({ grant }) => grant.alive)).toBe(true)
    expect(refreshes()).toBeLessThanOrEqual(2)
  })

  test.each([
    ['503 with Retry-After', status(503, { 'retry-after': '7' })],
    ['429', status(429)],
    ['HTML', behaviours.html],
    ['no connection', behaviours.offline],
  ])('B-27 that fails with %s keeps the session, and asks once', async (_, fault) => {
    const { user, advance, refreshes, provider } = await signedIn()
    advance(301_000)
    provider.always('token', fault)
    for (let call = 0; call < 15; call++) {
      const response = await user.post('/bff/refresh')
      expect(response.headers.get('retry-after')).toMatch(/^\d$/)
      expect(await problemOf(response)).toMatchObject({ code: 'provider_unavailable', status: 503 })
    }
    expect(refreshes()).toBe(1)
    provider.always('token', undefined)
    advance(8_000)
    expect(await renew(user)).toMatchObject({ generation: 2 })
  })

  test('B-22 B-28 that is refused for good ends the session, and deletes its cookies', async () => {
    const { user, advance, provider, events } = await signedIn()
    advance(301_000)
    provider.always('token', () => refusal('invalid_grant'))
    expect(await renew(user)).toMatchObject({ code: 'session_expired', reason: 'invalid_grant' })
    expect(pieces(user)).toEqual([])
    expect(await user.sessionAnswer()).toEqual({ authenticated: false })
    expect(events.filter(({ type }) => type === 'session-ended')).toHaveLength(1)
  })

  test('B-40 during which the user signs in anew sets no cookie of the session before', async () => {
    const { user, advance, provider, bff } = await signedIn()
    advance(301_000)
    const answer = await renewalUnderWay({ user, provider, bff })
    await user.signIn()
    const response = await answer()
    expect(response.headers.getSetCookie()).toEqual([])
    expect(await codeOf(response)).toBe('not_authenticated')
    expect(await user.sessionAnswer()).toMatchObject({ generation: 1 })
  })
})
