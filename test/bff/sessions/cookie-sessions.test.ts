import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { BffOptions } from '../../../src/bff/options.ts'
import { sealedCookies } from '../../../src/bff/sessions/sealed-cookies.ts'
import type { TokenAnswer } from '../../../src/bff-protocol.ts'
import {
  answer,
  codeOf,
  inCookies,
  PIECE,
  pieces,
  renew,
  signedIn,
  withCookie,
} from '../cookie-setup.ts'
import { KEY_ONE, KEY_TWO, ORIGIN, problemOf, setUp } from '../setup.ts'

const MINUTE = 60_000

/** An access token that takes two cookies. */
const LONG = { access_token: `at-${randomBytes(3_000).toString('base64url')}` }

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
