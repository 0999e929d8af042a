import { describe, expect, test } from 'vitest'
import { createBff } from '../../../src/bff/create-bff.ts'
import { behaviours, status } from '../../../src/testing/provider/behaviours.ts'
import type { SignedInAnswer } from '../../../src/bff-protocol.ts'
import { EVENTS, logoutToken, notify, type Claims, type Header } from '../logout-token.ts'
import { ORIGIN, problemOf, setUp, type Browser } from '../setup.ts'
import { VirtualTimers } from '../virtual-timers.ts'

describe('a sign-out', () => {
  test('B-44 B-45 ends the session, revokes its refresh token and says where to end the provider’s', async () => {
    const { browser, provider, events } = await setUp()
    const user = browser()
    await user.signIn()
    const { session } = user
    const response = await user.post('/bff/logout')
    const { redirectTo } = (await response.json()) as { redirectTo: string }
    const url = new URL(redirectTo)
    expect(url.origin + url.pathname).toBe('https://op.example/logout')
    expect(url.searchParams.get('post_logout_redirect_uri')).toBe(`${ORIGIN}/bff/logged-out`)
    expect(url.searchParams.get('client_id')).toBe('spa')
    expect(provider.secrets).toContain(url.searchParams.get('id_token_hint'))
    expect(user.session).toBeUndefined()
    expect(provider.revoked).toHaveLength(1)
    expect(events.at(-1)).toMatchObject({ type: 'session-ended', reason: 'logout' })
    user.jar.set('__Host-Http-app', session!)
    expect(await user.sessionAnswer()).toEqual({ authenticated: false })
  })

  test('B-44 revokes the refresh token that a refresh has written a moment before', async () => {
    let before = async () => {}
    const { browser, provider, advance } = await setUp({
      store: (store) =>
        new Proxy(store, {
          get(target, name: keyof typeof store) {
            return async (...args: never[]) => {
              if (name === 'delete') await before()
              return (target[name] as (...a: never[]) => unknown).apply(target, args)
            }
          },
        }),
    })
    const user = browser()
    await user.signIn()
    advance(2_000)
    before = async () => void (await user.post('/bff/refresh'))
    const cookie = user.cookie
    await user.post('/bff/logout')
    const newest = [...provider.refreshTokens.keys()].at(-1)
    expect(provider.requests('token')).toHaveLength(2)
    expect(provider.revoked).toEqual([newest])
    const again = await user.call('/bff/session', { headers: { cookie } })
    expect(await again.json()).toEqual({ authenticated: false })
  })

  test.each([
    ['', async (user: Browser) => user.post('/bff/logout')],
    [
      ' by a link',
      async (user: Browser) => {
        const { session } = (await user.sessionAnswer()) as SignedInAnswer
        return user.navigate(`/bff/logout?sid=${session}`)
      },
    ],
  ])(
    'B-40%s ends the sign-ins that were begun before it, and none that is begun after it',
    async (_, signOut) => {
      const { browser, provider } = await setUp({ options: { logoutLink: true } })
      const user = browser()
      await user.signIn()
      const begun = [await user.begin(), await user.begin('?returnTo=/two')]
      const cookie = user.cookie
      await signOut(user)
      expect([...user.jar.keys()]).toEqual([])
      for (const callback of begun) {
        const back = await user.navigate(callback, 'cross-site')
        expect((await problemOf(back)).code).toBe('login_expired')
        // The answer to the sign-out was late: the browser sent its cookies once more.
        const late = await user.send(callback, { headers: { cookie } })
        expect((await problemOf(late)).code).toBe('login_expired')
      }
      expect(await user.sessionAnswer()).toEqual({ authenticated: false })
      await expect.poll(() => provider.revoked.length).toBe(3)
      await user.signIn()
      expect(await user.sessionAnswer()).toMatchObject({ authenticated: true })
    },
  )

  test('B-40 while a sign-in is finished wins: there is no session, and its refresh token is revoked', async () => {
    const { browser, provider } = await setUp()
    const user = browser()
    await user.signIn()
    const callback = await user.begin()
    let answer = () => {}
    provider.next('token', async (act) => {
      const response = await act()
      await new Promise<void>((resolve) => (answer = resolve))
      return response
    })
    const back = user.navigate(callback, 'cross-site')
    await expect.poll(() => provider.requests('token').length).toBe(2)
    await user.post('/bff/logout')
    answer()
    expect((await problemOf(await back)).code).toBe('login_expired')
    expect(await user.sessionAnswer()).toEqual({ authenticated: false })
    await expect.poll(() => provider.revoked.length).toBe(2)
  })

  test('B-40 B-43 by a link that names another session ends no sign-in', async () => {
    const { browser } = await setUp({ options: { logoutLink: true } })
    const user = browser()
    await user.signIn()
    const callback = await user.begin()
    expect((await problemOf(await user.navigate('/bff/logout?sid=another'))).code).toBe(
      'csrf_rejected',
    )
    await user.navigate(callback, 'cross-site')
    expect(await user.sessionAnswer()).toMatchObject({ authenticated: true })
  })

  test('goes nowhere when only this session is meant, and a second one is none', async () => {
    const { browser } = await setUp()
    const user = browser()
    await user.signIn()
    expect(await (await user.post('/bff/logout', { provider: false })).json()).toEqual({})
    expect(await (await user.post('/bff/logout')).json()).toEqual({})
  })

  test.each([
    ['does not answer the revocation', 'revocation', behaviours.offline],
    ['refuses the revocation', 'revocation', status(503)],
  ] as const)('B-44 ends the session when the provider %s', async (_, endpoint, behaviour) => {
    const { browser, provider } = await setUp()
    const user = browser()
    await user.signIn()
    provider.always(endpoint, behaviour)
    expect((await user.post('/bff/logout')).status).toBe(200)
    expect(user.session).toBeUndefined()
    expect(await user.sessionAnswer()).toEqual({ authenticated: false })
  })

  test('B-44 does not wait for a provider that hangs', async () => {
    const { browser, provider, options, env } = await setUp()
    const user = browser()
    await user.signIn()
    const timers = new VirtualTimers()
    user.bff = createBff(options, { ...env, timer: timers.timer })
    provider.always('revocation', behaviours.hang)
    expect((await timers.until(user.post('/bff/logout'), 5_000)).status).toBe(200)
  })

  test.each([
    [
      'the state that was sent',
      (state: string) => `?state=${encodeURIComponent(state)}`,
      '/bye?x=1',
    ],
    ['another state', () => '?state=another', '/'],
    ['no state', () => '', '/'],
    ['two of them', (state: string) => `?state=x&state=${encodeURIComponent(state)}`, '/'],
  ])('B-46 comes back with %s', async (_, query, path) => {
    const { browser } = await setUp()
    const user = browser()
    await user.signIn()
    const response = await user.post('/bff/logout', { returnTo: '/bye?x=1' })
    const { redirectTo } = (await response.json()) as { redirectTo: string }
    const state = new URL(redirectTo).searchParams.get('state')!
    const back = await user.navigate(`/bff/logged-out${query(state)}`, 'cross-site')
    expect([back.status, back.headers.get('location')]).toEqual([303, ORIGIN + path])
  })

  test('U19 that names its session ends no other, whenever it arrives, and leaves the cookie alone', async () => {
    const { browser } = await setUp()
    const user = browser()
    const logOut = (session: string) =>
      user.call('/bff/logout', { method: 'POST', headers: { 'x-session': session } })
    await user.signIn()
    const first = (await user.sessionAnswer()) as SignedInAnswer
    await user.signIn()
    const second = (await user.sessionAnswer()) as SignedInAnswer
    const late = await logOut(first.session!)
    expect((await problemOf(late)).code).toBe('session_changed')
    expect(late.headers.getSetCookie()).toEqual([])
    expect(await user.sessionAnswer()).toMatchObject({ session: second.session })
    expect((await logOut(second.session!)).status).toBe(200)
    expect(await user.sessionAnswer()).toEqual({ authenticated: false })
    // Nothing is left to end.
    expect((await logOut(second.session!)).status).toBe(200)
  })

  test('B-29 does not come back to another site', async () => {
    const { browser } = await setUp()
    const user = browser()
    await user.signIn()
    const response = await user.post('/bff/logout', { returnTo: '//evil.example' })
    expect((await problemOf(response)).code).toBe('invalid_return_to')
    expect(await user.sessionAnswer()).toMatchObject({ authenticated: true })
  })
})

async function withSession() {
  const setup = await setUp()
  setup.provider.idToken.claims = { sid: 'session-1' }
  const user = setup.browser()
  await user.signIn()
  return { ...setup, user }
}

describe('a back-channel logout', () => {
  test.each<[string, Claims, number]>([
    ['of the session', {}, 200],
    ['of the session without sub', { sub: undefined }, 200],
    ['of all sessions of the user', { sid: undefined }, 200],
    ['for this client among others', { aud: ['other', 'spa'] }, 200],
    ['conformance 50 from another issuer', { iss: 'https://op.example1' }, 400],
    ['conformance 51 for another client', { aud: 'spa1' }, 400],
    ['conformance 52 without events', { events: undefined }, 400],
    [
      'conformance 53 with another event',
      { events: { 'http://schemas.openid.net/event/other': {} } },
      400,
    ],
    ['whose event is no object', { events: { [Object.keys(EVENTS)[0]!]: 'yes' } }, 400],
    ['conformance 54 with a nonce', { nonce: 'n' }, 400],
    ['without jti', { jti: undefined }, 400],
    ['without iat', { iat: undefined }, 400],
    ['without exp', { exp: undefined }, 400],
    ['that is over', { exp: 1 }, 400],
    ['of tomorrow', { iat: 9_999_999_999 }, 400],
    ['of the day before yesterday', { iat: 1 }, 400],
    ['without sid and sub', { sid: undefined, sub: undefined }, 400],
    ['with a sid that is no text', { sid: 5 }, 400],
  ])('B-35 B-38 conformance 47 %s', async (_, change, expected) => {
    const setup = await withSession()
    const response = await notify(setup, await logoutToken(setup, change))
    expect(response.status).toBe(expected)
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(await setup.user.sessionAnswer()).toMatchObject({ authenticated: expected === 400 })
  })

  test.each<[string, Header, number]>([
    ['B-36 without a typ', { typ: undefined }, 200],
    ['B-36 with application/logout+jwt', { typ: 'application/logout+jwt' }, 200],
    ['B-36 with the typ of an access token', { typ: 'at+jwt' }, 400],
    ['B-35 with a kid that is not published', { kid: 'other' }, 400],
  ])('%s', async (_, header, expected) => {
    const setup = await withSession()
    expect((await notify(setup, await logoutToken(setup, {}, header))).status).toBe(expected)
  })

  test('B-35 conformance 48 unsigned, signed by somebody else, or cut off, ends nothing', async () => {
    const setup = await withSession()
    const token = await logoutToken(setup)
    const [header, payload, signature] = token.split('.')
    const none = Buffer.from('{"alg":"none"}').toString('base64url')
    for (const wrong of [
      `${none}.${payload}.`,
      `${none}.${payload}.${signature}`,
      `${header}.${payload}.${signature!.slice(0, -4)}AAAA`,
      `${header}.${payload}`,
      'nonsense',
      '',
    ]) {
      expect((await notify(setup, wrong)).status).toBe(400)
    }
    expect(await setup.user.sessionAnswer()).toMatchObject({ authenticated: true })
  })

  test('B-35 conformance 49 with another alg than ID tokens have is refused, also with a published key', async () => {
    const setup = await withSession()
    setup.provider.signWith = await setup.provider.addKey('ES256')
    expect((await notify(setup, await logoutToken(setup))).status).toBe(400)
    expect(await setup.user.sessionAnswer()).toMatchObject({ authenticated: true })
  })

  test('B-36 an ID token is none', async () => {
    const setup = await withSession()
    const idToken = [...setup.provider.secrets].find((secret) => secret.split('.').length === 3)!
    expect((await notify(setup, idToken)).status).toBe(400)
  })

  test.each<[string, RequestInit]>([
    ['as JSON', { headers: { 'content-type': 'application/json' } }],
    [
      'twice',
      {
        body: new URLSearchParams([
          ['logout_token', 'a'],
          ['logout_token', 'b'],
        ]),
      },
    ],
    ['with 20 KB', { body: new URLSearchParams({ logout_token: 'a'.repeat(20_000) }) }],
    ['with nothing', { body: new URLSearchParams() }],
  ])('B-38 B-56 that comes %s is 400', async (_, init) => {
    const setup = await withSession()
    expect((await notify(setup, await logoutToken(setup), init)).status).toBe(400)
    expect(await setup.user.sessionAnswer()).toMatchObject({ authenticated: true })
  })

  test('B-37 is taken once', async () => {
    const setup = await withSession()
    const token = await logoutToken(setup, { sid: undefined })
    expect((await notify(setup, token)).status).toBe(200)
    await setup.user.signIn()
    setup.advance(1000)
    const begun = await setup.user.begin()
    setup.advance(1000)
    expect((await notify(setup, token)).status).toBe(400)
    expect(await setup.user.sessionAnswer()).toMatchObject({ authenticated: true })
    expect((await setup.user.navigate(begun, 'cross-site')).status).toBe(303)
  })

  test('B-38 after a sign-out is answered with 200 all the same', async () => {
    const setup = await withSession()
    await setup.user.post('/bff/logout')
    expect((await notify(setup, await logoutToken(setup))).status).toBe(200)
  })

  test('B-38 while the keys are out of reach is 400, and can be sent again', async () => {
    const setup = await withSession()
    await setup.provider.rotateKeys()
    setup.provider.always('jwks', behaviours.offline)
    setup.advance(700_000)
    const late = await logoutToken(setup)
    expect((await notify(setup, late)).status).toBe(400)
    setup.provider.always('jwks', undefined)
    setup.advance(5_000)
    expect((await notify(setup, late)).status).toBe(200)
  })

  test('B-40 before the callback wins: no session is written', async () => {
    const setup = await setUp()
    const { provider, browser } = setup
    provider.idToken.claims = { sid: 'session-1' }
    const user = browser()
    const callback = await user.begin()
    expect((await notify(setup, await logoutToken(setup))).status).toBe(200)
    const back = await user.navigate(callback, 'cross-site')
    expect((await problemOf(back)).code).toBe('login_expired')
    expect(user.session).toBeUndefined()
    await expect.poll(() => provider.revoked.length).toBe(1)
  })

  test('B-40 of all sessions of the user wins over a sign-in that is on its way, and not over one that begins later', async () => {
    const setup = await setUp()
    const { provider, browser, advance } = setup
    const user = browser()
    const logOutEverywhere = async () => {
      const everywhere = await logoutToken(setup, { sid: undefined })
      expect((await notify(setup, everywhere)).status).toBe(200)
    }
    const callback = await user.begin()
    advance(1_000)
    await logOutEverywhere()
    advance(1_000)
    expect((await problemOf(await user.navigate(callback, 'cross-site'))).code).toBe(
      'login_expired',
    )
    expect(user.session).toBeUndefined()
    await expect.poll(() => provider.revoked.length).toBe(1)
    const later = await user.begin()
    advance(1_000)
    expect((await user.navigate(later, 'cross-site')).status).toBe(303)
    expect(await user.sessionAnswer()).toMatchObject({ authenticated: true })
    // The second logout counts as the first did.
    const another = await user.begin()
    advance(1_000)
    await logOutEverywhere()
    expect((await problemOf(await user.navigate(another, 'cross-site'))).code).toBe('login_expired')
  })

  test('B-40 while the callback writes the session wins', async () => {
    let during = async () => {}
    const setup = await setUp({
      store: (store) =>
        new Proxy(store, {
          get(target, name: keyof typeof store) {
            return async (...args: never[]) => {
              if (name === 'create') await during()
              return (target[name] as (...a: never[]) => unknown).apply(target, args)
            }
          },
        }),
    })
    setup.provider.idToken.claims = { sid: 'session-1' }
    during = async () => void (await notify(setup, await logoutToken(setup)))
    const user = setup.browser()
    const back = await user.signIn()
    expect((await problemOf(back)).code).toBe('login_expired')
    expect(user.session).toBeUndefined()
  })

  test('B-40 during a refresh wins: the caller gets no token, and the new refresh token is revoked', async () => {
    const setup = await withSession()
    const { provider, user, advance } = setup
    advance(3_590_000)
    let answer = () => {}
    provider.next('token', async (act) => {
      const response = await act()
      await new Promise<void>((resolve) => (answer = resolve))
      return response
    })
    const waiting = user.post('/bff/refresh')
    await expect.poll(() => provider.requests('token').length).toBe(2)
    expect((await notify(setup, await logoutToken(setup))).status).toBe(200)
    answer()
    expect((await problemOf(await waiting)).code).toBe('not_authenticated')
    await expect.poll(() => provider.revoked.length).toBe(1)
  })
})
