import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { BffOptions } from '../../../src/bff/options.ts'
import { createMemoryStore } from '../../../src/bff/sessions/memory-store.ts'
import { sealedCookies } from '../../../src/bff/sessions/sealed-cookies.ts'
import type { SignedInAnswer, TokenAnswer } from '../../../src/bff-protocol.ts'
import { behaviours, status } from '../../../src/testing/provider/behaviours.ts'
import { refusal } from '../../../src/testing/provider/responses.ts'
import { logoutToken, notify } from '../logout-token.ts'
import {
  KEY_ONE,
  KEY_TWO,
  ORIGIN,
  problemOf,
  setUp,
  type Browser,
  type SetupOptions,
} from '../setup.ts'

const MINUTE = 60_000
const PIECE = '__Host-Http-app.'

async function inCookies(options: Partial<BffOptions> = {}, given: SetupOptions = {}) {
  const setup = await setUp({
    ...given,
    provider: { expiresIn: 300, ...given.provider },
    options: { store: sealedCookies(), mediated: [{}], ...options },
  })
  const refreshes = () =>
    setup.provider
      .requests('token')
      .filter(({ parameters }) => parameters.get('grant_type') === 'refresh_token').length
  return { ...setup, refreshes }
}

async function signedIn(options: Partial<BffOptions> = {}, given: SetupOptions = {}) {
  const setup = await inCookies(options, given)
  const user = setup.browser()
  await user.signIn()
  return { ...setup, user }
}

/** An access token that takes two cookies. */
const LONG = { access_token: `at-${randomBytes(3_000).toString('base64url')}` }

const pieces = ({ jar }: Browser) => [...jar].filter(([name]) => name.startsWith(PIECE))
const answer = async (user: Browser) => (await user.sessionAnswer()) as SignedInAnswer
const renew = async (user: Browser) => {
  const response = await user.post('/bff/refresh')
  return response.status === 200
    ? ((await response.json()) as SignedInAnswer)
    : await problemOf(response)
}
const codeOf = async (response: Response) => (await problemOf(response)).code
const withCookie = async (user: Browser, cookie: string) =>
  await (await user.call('/bff/session?slide=false', { headers: { cookie } })).json()

describe('a session in cookies', () => {
  test('B-03 B-04 B-05 is in cookies that no script reads, sealed, and opens in every process', async () => {
    const { user, another, provider } = await signedIn()
    const [first, ...more] = pieces(user)
    expect(more).toEqual([])
    const line = user.setCookies.find((each) => each.startsWith(`${PIECE}0=`))
    expect(line).toMatch(/; Path=\/; HttpOnly; SameSite=Strict; Secure; Max-Age=36000$/)
    for (const secret of [...provider.secrets, 'user-1']) expect(first![1]).not.toContain(secret)
    user.bff = another()
    const { session, ...told } = await answer(user)
    expect(session).toMatch(/^[\w-]{16}$/)
    expect(told).toMatchObject({ authenticated: true, renewedByPage: true, generation: 1 })
    expect(JSON.stringify(told)).not.toMatch(/\b(at|rt)-/)
  })

  test('is told to a server that renders pages, and another one at each sign-in', async () => {
    const { user, bff } = await signedIn()
    const before = await answer(user)
    const request = new Request(ORIGIN, { headers: { cookie: user.cookie } })
    expect(await bff.getSession(request)).toMatchObject({ status: 'signed-in', subject: 'user-1' })
    await user.signIn()
    expect((await answer(user)).session).not.toBe(before.session)
    const headers = { 'x-session': before.session! }
    expect(await codeOf(await user.call('/bff/session', { headers }))).toBe('session_changed')
  })

  test('gives its access token while it holds, and says when the page has to renew it', async () => {
    const upstream = () => new Response('from the API')
    const proxy = [{ name: 'api', upstream: 'https://api.example' }]
    const { user, advance, refreshes } = await signedIn({ proxy }, { upstream })
    const token = (await (await user.post('/bff/token')).json()) as TokenAnswer
    expect(token).toMatchObject({ sub: 'user-1', tokenType: 'Bearer' })
    expect(await (await user.call('/bff/api/api/x')).text()).toBe('from the API')
    // A fifth of the lifetime ahead, so that no call meets the end on its way.
    expect((await answer(user)).accessTokenExpiresIn).toBeLessThanOrEqual(240)
    advance(301_000)
    for (const response of [await user.post('/bff/token'), await user.call('/bff/api/api/x')]) {
      expect(response.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"')
      expect(await problemOf(response)).toMatchObject({ code: 'token_expired', status: 401 })
    }
    expect(refreshes()).toBe(0)
    expect(await renew(user)).toMatchObject({ generation: 2, renewedByPage: true })
    const newer = (await (await user.post('/bff/token')).json()) as TokenAnswer
    expect(newer.accessToken).not.toBe(token.accessToken)
    expect(await (await user.call('/bff/api/api/x')).text()).toBe('from the API')
    expect(refreshes()).toBe(1)
  })

  test('gives the token of a moment ago to a page that wants another one, and no longer one than there is', async () => {
    const { user, advance } = await signedIn()
    advance(10_000)
    const forced = { forceRefresh: true }
    expect(await codeOf(await user.post('/bff/token', forced))).toBe('token_expired')
    await renew(user)
    expect((await user.post('/bff/token', forced)).status).toBe(200)
    const longer = { minValidity: 3_000 }
    expect(await codeOf(await user.post('/bff/token', longer))).toBe('min_validity_unattainable')
  })

  test('B-23 ends when it is not used for an hour, and after ten hours however much it is renewed', async () => {
    const { user, advance } = await signedIn({}, { provider: { expiresIn: 7_200 } })
    advance(31 * MINUTE)
    // Half of the idle time is over, so the page renews although its token would hold.
    expect((await answer(user)).accessTokenExpiresIn).toBe(0)
    await renew(user)
    expect((await answer(user)).idleExpiresIn).toBeGreaterThan(59 * 60)
    const { cookie } = user
    advance(61 * MINUTE)
    expect(await user.sessionAnswer()).toEqual({ authenticated: false })
    expect(await withCookie(user, cookie)).toEqual({ authenticated: false })
    await user.signIn()
    for (let half = 0; half < 19; half++) {
      advance(30 * MINUTE)
      expect(await renew(user)).toMatchObject({ authenticated: true })
    }
    expect((await answer(user)).accessTokenExpiresIn).toBeGreaterThan(0)
    advance(31 * MINUTE)
    expect(await user.sessionAnswer()).toEqual({ authenticated: false })
  })

  test('without a refresh token ends with its access token, and nobody is sent to renew it', async () => {
    const { browser, provider, advance } = await inCookies()
    provider.tokenResponse = { refresh_token: undefined }
    const user = browser()
    await user.signIn()
    const told = await answer(user)
    expect(told.renewedByPage).toBeUndefined()
    expect(told.sessionExpiresIn).toBeLessThanOrEqual(300)
    advance(301_000)
    expect(await user.sessionAnswer()).toEqual({ authenticated: false })
  })

  test('B-48 outlives its key being replaced, and ends when that is taken away', async () => {
    const { user, another, advance } = await signedIn()
    user.bff = another({ keys: [KEY_TWO, KEY_ONE] })
    expect(await user.sessionAnswer()).toMatchObject({ authenticated: true })
    const { cookie } = user
    advance(2_000)
    await renew(user)
    user.bff = another({ keys: [KEY_TWO] })
    expect(await user.sessionAnswer()).toMatchObject({ authenticated: true })
    expect(await withCookie(user, cookie)).toEqual({ authenticated: false })
  })
})

describe('what a browser sends', () => {
  async function twoGenerations() {
    const { browser, provider, advance } = await inCookies()
    provider.tokenResponse = LONG
    const user = browser()
    await user.signIn()
    const old = new Map(pieces(user))
    advance(2_000)
    await renew(user)
    const now = new Map(pieces(user))
    expect([old.size, now.size]).toEqual([2, 2])
    return { user, old, now }
  }
  const [ZERO, ONE, TWO] = [`${PIECE}0`, `${PIECE}1`, `${PIECE}2`]
  type Set = Map<string, string>
  const header = (...cookies: [string, string | undefined][]) =>
    cookies.map(([name, value]) => `${name}=${value}`).join('; ')

  test.each<[name: string, cookie: (old: Set, now: Set) => string]>([
    ['the first piece of before', (old, now) => header([ZERO, old.get(ZERO)], [ONE, now.get(ONE)])],
    ['the last piece of before', (old, now) => header([ZERO, now.get(ZERO)], [ONE, old.get(ONE)])],
    ['the first piece alone', (_, now) => header([ZERO, now.get(ZERO)])],
    ['the last piece alone', (_, now) => header([ONE, now.get(ONE)])],
    [
      'its pieces in the wrong order',
      (_, now) => header([ZERO, now.get(ONE)], [ONE, now.get(ZERO)]),
    ],
    ['one piece more', (old, now) => header(...now, [TWO, old.get(ONE)])],
    ['an empty piece more', (_, now) => header(...now, [TWO, ''])],
    ['a gap', (_, now) => header([ZERO, now.get(ZERO)], [TWO, now.get(ONE)])],
    ['a piece twice', (_, now) => header(...now, [ONE, now.get(ONE)])],
    ['a piece twice, one of before', (old, now) => header([ZERO, old.get(ZERO)], ...now)],
    ['a byte less', (_, now) => header([ZERO, now.get(ZERO)], [ONE, now.get(ONE)!.slice(0, -1)])],
  ])('B-47 B-49 with %s is no session', async (_, cookie) => {
    const { user, old, now } = await twoGenerations()
    expect(await withCookie(user, header(...now))).toMatchObject({ generation: 2 })
    expect(await withCookie(user, cookie(old, now))).toEqual({ authenticated: false })
  })

  test('B-07 a sign-in under way, or a session of another client, name or key, is no session', async () => {
    const { user, another } = await signedIn()
    await user.begin()
    const transaction = [...user.jar].find(([name]) => name.includes('.tx.'))![1]
    expect(await withCookie(user, `${ZERO}=${transaction}`)).toEqual({ authenticated: false })
    const piece = user.jar.get(ZERO)!
    for (const change of [{ clientId: 'other' }, { name: 'other' }, { keys: [KEY_TWO] }]) {
      user.bff = another(change)
      const cookie = `${change.name ? '__Host-Http-other.0' : ZERO}=${piece}`
      expect(await withCookie(user, cookie)).toEqual({ authenticated: false })
    }
  })

  test('B-49 of a session that became shorter nothing is left over', async () => {
    const { browser, provider, advance } = await inCookies()
    provider.tokenResponse = LONG
    const user = browser()
    await user.signIn()
    expect(pieces(user)).toHaveLength(2)
    provider.tokenResponse = {}
    advance(2_000)
    await renew(user)
    expect(pieces(user)).toHaveLength(1)
    expect(await user.sessionAnswer()).toMatchObject({ generation: 2 })
  })
})

describe('B-50 a session that is too large for cookies', () => {
  const HUGE = { access_token: `at-${randomBytes(6_000).toString('base64url')}` }

  test('is not begun: the answer names the remedy, and the refresh token is revoked', async () => {
    const { browser, provider, events } = await inCookies()
    provider.tokenResponse = HUGE
    const user = browser()
    const problem = await problemOf(await user.signIn())
    expect(problem).toMatchObject({ code: 'session_too_large', status: 500 })
    expect(problem.title).toContain('evertoken/bff/redis')
    expect(pieces(user)).toEqual([])
    expect(events).toContainEqual({ type: 'sign-in-failed', code: 'session_too_large' })
    await expect.poll(() => provider.revoked.length).toBe(1)
  })

  test('does without the hint for a logout first', async () => {
    const { browser, provider } = await inCookies({ store: sealedCookies({ maxBytes: 3_400 }) })
    provider.idToken.claims = { picture: randomBytes(1_000).toString('base64url') }
    const user = browser()
    await user.signIn()
    expect(await user.sessionAnswer()).toMatchObject({ authenticated: true })
    const { redirectTo } = (await (await user.post('/bff/logout')).json()) as { redirectTo: string }
    expect(new URL(redirectTo).searchParams.has('id_token_hint')).toBe(false)
  })

  test('ends when it becomes so: there is no refresh token to go back to', async () => {
    const { user, provider, advance, events } = await signedIn()
    provider.tokenResponse = HUGE
    advance(301_000)
    expect(await renew(user)).toMatchObject({ code: 'session_too_large' })
    expect(pieces(user)).toEqual([])
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'session-ended', reason: 'session_too_large' }),
    )
    await expect.poll(() => provider.revoked).toEqual([[...provider.refreshTokens.keys()].at(-1)])
  })

  test('is measured: no browser sends more than maxBytes', async () => {
    const { browser, provider, advance } = await inCookies({
      store: sealedCookies({ maxBytes: 5_000 }),
    })
    const user = browser()
    let largest = 0
    for (let bytes = 500; bytes < 4_000; bytes += 250) {
      provider.tokenResponse = { access_token: randomBytes(bytes).toString('base64url') }
      await user.signIn()
      advance(1_000)
      largest = Math.max(largest, Buffer.byteLength(user.cookie))
    }
    expect(largest).toBeGreaterThan(4_500)
    expect(largest).toBeLessThanOrEqual(5_000)
  })
})

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
    let arrive = () => {}
    provider.next('token', async (act) => {
      const response = await act()
      await new Promise<void>((resolve) => (arrive = resolve))
      return response
    })
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
    let arrive = () => {}
    provider.next('token', async (act) => {
      const response = await act()
      await new Promise<void>((resolve) => (arrive = resolve))
      return response
    })
    const headers = { 'x-csrf': '1', cookie: user.cookie }
    const late = bff.handle(new Request(`${ORIGIN}/bff/refresh`, { method: 'POST', headers }))
    await expect.poll(() => provider.requests('token').length).toBe(2)
    await user.signIn()
    arrive()
    const response = (await late)!
    expect(response.headers.getSetCookie()).toEqual([])
    expect(await codeOf(response)).toBe('not_authenticated')
    expect(await user.sessionAnswer()).toMatchObject({ generation: 1 })
  })
})

describe('the end of a session in cookies', () => {
  test('B-44 B-45 by a sign-out revokes the newest refresh token, also one that no cookie has yet', async () => {
    const { user, advance, provider } = await signedIn()
    advance(301_000)
    const { cookie } = user
    // The answer with the cookies is lost.
    await user.call('/bff/refresh', { method: 'POST', headers: { cookie } })
    const response = await user.call('/bff/logout', { method: 'POST', headers: { cookie } })
    const { redirectTo } = (await response.json()) as { redirectTo: string }
    expect(provider.secrets).toContain(new URL(redirectTo).searchParams.get('id_token_hint'))
    expect(provider.revoked).toEqual([[...provider.refreshTokens.keys()].at(-1)])
    expect(pieces(user)).toEqual([])
  })

  test('B-40 by a sign-out during a renewal wins: no cookie is set, and the new refresh token is revoked', async () => {
    const { user, advance, provider, bff } = await signedIn()
    advance(301_000)
    let arrive = () => {}
    provider.next('token', async (act) => {
      const response = await act()
      await new Promise<void>((resolve) => (arrive = resolve))
      return response
    })
    const headers = { 'x-csrf': '1', cookie: user.cookie }
    const late = bff.handle(new Request(`${ORIGIN}/bff/refresh`, { method: 'POST', headers }))
    await expect.poll(() => provider.requests('token').length).toBe(2)
    await user.post('/bff/logout')
    arrive()
    const response = (await late)!
    expect(response.headers.getSetCookie()).toEqual([])
    expect(await codeOf(response)).toBe('not_authenticated')
    const newest = [...provider.refreshTokens.keys()].at(-1)
    await expect.poll(() => provider.revoked).toContain(newest)
  })

  test('by a sign-out leaves a copied cookie open without a deny-list, until it is idle, and shut with one', async () => {
    for (const denyList of [undefined, createMemoryStore()]) {
      const { user, advance } = await signedIn({ store: sealedCookies({ denyList }) })
      const { cookie } = user
      await user.post('/bff/logout')
      expect(await withCookie(user, cookie)).toMatchObject({ authenticated: !denyList })
      advance(61 * MINUTE)
      expect(await withCookie(user, cookie)).toEqual({ authenticated: false })
    }
  })

  test('B-20 by a new sign-in shuts the cookie of before, with a deny-list', async () => {
    const store = sealedCookies({ denyList: createMemoryStore() })
    const { user } = await signedIn({ store })
    const { cookie } = user
    await user.signIn()
    expect(await withCookie(user, cookie)).toEqual({ authenticated: false })
    expect(await user.sessionAnswer()).toMatchObject({ authenticated: true })
  })

  test('B-60 by a sign-out deletes the cookies while the deny-list is away, and everything else is 503', async () => {
    const denyList = createMemoryStore()
    let isAway = false
    const breakable = new Proxy(denyList, {
      get(target, name: keyof typeof denyList) {
        return async (...args: never[]) => {
          if (isAway) throw new Error('away')
          return await (target[name] as (...a: never[]) => Promise<unknown>).apply(target, args)
        }
      },
    })
    const { user, events } = await signedIn({ store: sealedCookies({ denyList: breakable }) })
    isAway = true
    expect(await codeOf(await user.call('/bff/session'))).toBe('store_unavailable')
    expect(await codeOf(await user.post('/bff/token'))).toBe('store_unavailable')
    expect((await user.send('/bff/health')).status).toBe(503)
    expect((await user.post('/bff/logout')).status).toBe(503)
    expect(pieces(user)).toEqual([])
    expect(events).toContainEqual({ type: 'store-failed', message: 'away' })
  })
})

describe('a back-channel logout of a session in cookies', () => {
  test('B-41 is not there without a deny-list, and the start says so', async () => {
    const setup = await signedIn()
    const response = await notify(setup, await logoutToken(setup, { sid: undefined }))
    expect(await codeOf(response)).toBe('not_found')
    expect(setup.events[0]).toMatchObject({ type: 'limited' })
    expect(await setup.user.sessionAnswer()).toMatchObject({ authenticated: true })
  })

  const withDenyList = async () => {
    const setup = await inCookies({ store: sealedCookies({ denyList: createMemoryStore() }) })
    setup.provider.idToken.claims = { sid: 'session-1' }
    const user = setup.browser()
    await user.signIn()
    setup.advance(1_000)
    return { ...setup, user }
  }

  test.each([
    ['of the session', {}],
    ['of all sessions of the user', { sid: undefined }],
  ])('B-35 B-41 %s ends it, and not the one that begins later', async (_, change) => {
    const setup = await withDenyList()
    const { user, provider, advance, events } = setup
    expect(events).not.toContainEqual(expect.objectContaining({ type: 'limited' }))
    expect((await notify(setup, await logoutToken(setup, change))).status).toBe(200)
    expect(await user.sessionAnswer()).toEqual({ authenticated: false })
    expect(await renew(user)).toMatchObject({ code: 'not_authenticated' })
    expect(events.find(({ type }) => type === 'sessions-ended')).not.toHaveProperty('count')
    advance(1_000)
    provider.idToken.claims = { sid: 'session-2' }
    await user.signIn()
    expect(await user.sessionAnswer()).toMatchObject({ authenticated: true })
  })

  test('B-41 of another session or user ends nothing', async () => {
    const setup = await withDenyList()
    for (const change of [{ sid: 'session-2' }, { sid: undefined, sub: 'user-2' }]) {
      expect((await notify(setup, await logoutToken(setup, change))).status).toBe(200)
    }
    expect(await setup.user.sessionAnswer()).toMatchObject({ authenticated: true })
  })

  test('B-41 is remembered as long as a cookie of the session could come', async () => {
    const setup = await withDenyList()
    const { user, advance } = setup
    const { cookie } = user
    await notify(setup, await logoutToken(setup))
    for (let half = 0; half < 2; half++) {
      advance(25 * MINUTE)
      expect(await withCookie(user, cookie)).toEqual({ authenticated: false })
    }
  })

  test('B-40 during a renewal wins: no cookie is set, and the new refresh token is revoked', async () => {
    const setup = await withDenyList()
    const { user, advance, provider } = setup
    advance(301_000)
    let arrive = () => {}
    provider.next('token', async (act) => {
      const response = await act()
      await new Promise<void>((resolve) => (arrive = resolve))
      return response
    })
    const late = user.post('/bff/refresh')
    await expect.poll(() => provider.requests('token').length).toBe(2)
    expect((await notify(setup, await logoutToken(setup))).status).toBe(200)
    arrive()
    const response = await late
    expect(response.headers.getSetCookie()).toEqual([])
    expect(await codeOf(response)).toBe('not_authenticated')
    await expect.poll(() => provider.revoked.length).toBe(1)
  })

  test('B-40 before the callback wins', async () => {
    const setup = await withDenyList()
    const { user, advance } = setup
    const callback = await user.begin()
    advance(1_000)
    await notify(setup, await logoutToken(setup))
    expect(await codeOf(await user.navigate(callback, 'cross-site'))).toBe('login_expired')
  })
})

test.each<[option: string, options: () => Partial<BffOptions>]>([
  ['mediated', () => ({ mediated: [{ scope: 'orders' }] })],
  [
    'proxy: api',
    () => ({ proxy: [{ name: 'api', upstream: 'https://api.example', scope: 'orders' }] }),
  ],
  [
    'webSockets: news',
    () => ({
      webSockets: [
        { name: 'news', upstream: 'wss://api.example', resource: 'https://api.example' },
      ],
    }),
  ],
])('B-06 B-51 with %s for another token than its own does not start', async (option, options) => {
  const given = { store: sealedCookies(), ...options() }
  await expect(setUp({ options: given })).rejects.toThrow(
    `createBff: ${option}: sessions in cookies have one access token`,
  )
})

test.each([
  ['maxBytes', { maxBytes: 100 }],
  ['maxBytes', { maxBytes: 20_000 }],
  ['maxBytes', { maxBytes: 2_000.5 }],
  ['denyList', { denyList: {} as never }],
])('B-06 sealedCookies names what is wrong: %s', (option, options) => {
  expect(() => sealedCookies(options)).toThrow(TypeError)
  expect(() => sealedCookies(options)).toThrow(`sealedCookies: ${option}`)
})
