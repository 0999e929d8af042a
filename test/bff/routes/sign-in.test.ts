import { describe, expect, test } from 'vitest'
import { ORIGIN, problemOf, setUp } from '../setup.ts'
import { behaviours } from '../../../src/testing/provider/behaviours.ts'

describe('a sign-in', () => {
  test('B-01, B-12, B-34 goes to the provider with PKCE, and comes back to where it began', async () => {
    const { browser, provider } = await setUp()
    const user = browser()
    const login = await user.navigate('/bff/login?returnTo=%2Forders%3Fpage%3D2')
    const request = new URL(login.headers.get('location')!)
    expect(login.status).toBe(303)
    expect(request.origin + request.pathname).toBe('https://op.example/authorize')
    expect(Object.fromEntries(request.searchParams)).toMatchObject({
      response_type: 'code',
      client_id: 'spa',
      redirect_uri: `${ORIGIN}/bff/callback`,
      code_challenge_method: 'S256',
      scope: 'openid profile email offline_access',
    })
    const callback = `/bff/callback${provider.authorize(request.href)}`
    const back = await user.navigate(callback, 'cross-site')
    expect(back.status).toBe(303)
    expect(back.headers.get('location')).toBe(`${ORIGIN}/orders?page=2`)
    expect(back.headers.get('cache-control')).toBe('no-store')
    expect(back.headers.get('referrer-policy')).toBe('no-referrer')
    expect(await user.sessionAnswer()).toMatchObject({
      authenticated: true,
      claims: { sub: 'user-1' },
    })
  })

  test.each([
    ['', 'consent'],
    ['?prompt=login', 'login consent'],
    ['?prompt=none', 'none'],
  ])(
    'asks for consent where the provider wants it for a refresh token: %j',
    async (query, prompt) => {
      const { browser } = await setUp({ options: { offlineAccess: 'consent' } })
      const login = await browser().navigate(`/bff/login${query}`)
      expect(new URL(login.headers.get('location')!).searchParams.get('prompt')).toBe(prompt)
    },
  )

  test('B-29 ignores where the callback says to go', async () => {
    const { browser } = await setUp()
    const user = browser()
    const callback = await user.begin('?returnTo=%2Forders')
    const back = await user.navigate(`${callback}&returnTo=%2Fevil`, 'cross-site')
    expect(back.headers.get('location')).toBe(`${ORIGIN}/orders`)
  })

  test.each([
    'https://evil.example',
    '//evil.example',
    '/..///evil.example',
    String.raw`/\evil.example`,
    String.raw`\\evil.example`,
    'javascript:alert(1)',
    'data:text/html,x',
    'http:evil.example',
    `${ORIGIN}.evil.example/`,
    '/\t/evil.example',
    `/${'a'.repeat(501)}`,
  ])('B-29 refuses to come back to %j', async (target) => {
    const { browser } = await setUp()
    const user = browser()
    const login = await user.navigate(`/bff/login?returnTo=${encodeURIComponent(target)}`)
    expect(await problemOf(login)).toMatchObject({ code: 'invalid_return_to', status: 400 })
    expect(user.setCookies).toEqual([])
  })

  test.each([
    '/http:evil.example',
    '/javascript:alert(1)',
    '/%2F%2Fevil.example',
    '/a//b',
    '/?x=//evil',
  ])('B-29 comes back to %j on this origin, as an absolute URL', async (target) => {
    const { browser } = await setUp()
    const back = await browser().signIn(`?returnTo=${encodeURIComponent(target)}`)
    expect(back.headers.get('location')).toBe(ORIGIN + target)
  })

  test('B-30 takes its own address from the options, whatever host a request names', async () => {
    const { bff } = await setUp()
    const headers = {
      host: 'evil.example',
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'http',
      forwarded: 'host=evil.example',
    }
    const login = await bff.handle(new Request('http://evil.example/bff/login', { headers }))
    const request = new URL(login!.headers.get('location')!)
    expect(request.searchParams.get('redirect_uri')).toBe(`${ORIGIN}/bff/callback`)
  })

  test.each([
    ['sec-purpose', 'prefetch;prerender'],
    ['purpose', 'prefetch'],
    ['x-moz', 'prefetch'],
    ['next-router-prefetch', '1'],
  ])('B-32 begins none when a browser fetches ahead: %s', async (name, value) => {
    const { browser } = await setUp()
    const user = browser()
    const response = await user.send('/bff/login', { headers: { [name]: value } })
    expect(response.status).toBe(204)
    expect(user.setCookies).toEqual([])
  })

  test.each(['image', 'iframe', 'script', 'empty'])(
    'B-32 begins none for a %s of a page',
    async (dest) => {
      const { browser } = await setUp()
      const user = browser()
      const response = await user.send('/bff/login', { headers: { 'sec-fetch-dest': dest } })
      expect((await problemOf(response)).code).toBe('csrf_rejected')
      expect(user.setCookies).toEqual([])
    },
  )

  test.each(['http://127.0.0.1:3000/', 'https://app.example.evil.example/orders'])(
    'begins none for a page at %s, which is not at `baseUrl`, and says so',
    async (referer) => {
      const { browser, provider } = await setUp()
      const user = browser()
      const headers = { referer, 'sec-fetch-site': 'same-origin' }
      const response = await user.send('/bff/login', { headers })
      const problem = await problemOf(response)
      expect(problem.code).toBe('csrf_rejected')
      expect(problem.title).toContain(`\`baseUrl\`, which is ${ORIGIN}`)
      expect(user.setCookies).toEqual([])
      expect(provider.requests('discovery')).toEqual([])
    },
  )

  test.each([
    ['of its own', { referer: `${ORIGIN}/orders`, 'sec-fetch-site': 'same-origin' }],
    ['that hides where it is', { 'sec-fetch-site': 'same-origin' }],
    ['of another site', { referer: 'https://portal.example/', 'sec-fetch-site': 'cross-site' }],
    ['in an old browser', { referer: 'http://127.0.0.1:3000/' }],
  ])('begins one for a link of a page %s', async (_, headers) => {
    const { browser } = await setUp()
    const response = await browser().send('/bff/login', { headers: headers as HeadersInit })
    expect(response.status).toBe(303)
  })

  test('B-20 gives a new session a new name, and ends the one before', async () => {
    const { browser, bff, events } = await setUp()
    const user = browser()
    await user.signIn()
    const before = user.session!
    const callback = await user.begin()
    // A Strict cookie does not come along from another site.
    user.jar.delete('__Host-Http-app')
    await user.navigate(callback, 'cross-site')
    expect(user.session).not.toBe(before)
    const thief = browser()
    thief.bff = bff
    thief.jar.set('__Host-Http-app', before)
    expect(await thief.sessionAnswer()).toEqual({ authenticated: false })
    expect(events.map(({ type }) => type)).toEqual([
      'session-created',
      'session-ended',
      'session-created',
    ])
  })

  test('B-20 ends also the session that began while it was under way', async () => {
    const { browser, bff } = await setUp({ options: { sameSite: 'lax' } })
    const user = browser()
    const late = await user.begin()
    await user.signIn()
    const before = user.session!
    await user.navigate(late, 'cross-site')
    expect(await user.sessionAnswer()).toMatchObject({ authenticated: true })
    const thief = browser()
    thief.bff = bff
    thief.jar.set('__Host-Http-app', before)
    expect(await thief.sessionAnswer()).toEqual({ authenticated: false })
  })

  test('B-20 does not take over a session id that somebody planted', async () => {
    const { browser } = await setUp()
    const attacker = browser()
    await attacker.signIn()
    const victim = browser()
    victim.jar.set('__Host-Http-app', attacker.session!)
    await victim.signIn()
    expect(victim.session).not.toBe(attacker.session)
    expect(await attacker.sessionAnswer()).toEqual({ authenticated: false })
  })

  test('B-33 of an attacker is not finished in the browser of a victim', async () => {
    const { browser, provider } = await setUp()
    const callback = await browser().begin()
    const victim = browser()
    const back = await victim.navigate(callback, 'cross-site')
    expect(await problemOf(back)).toMatchObject({ code: 'login_expired', status: 400 })
    expect(victim.session).toBeUndefined()
    expect(provider.requests('token')).toHaveLength(0)
  })

  test('B-33 is finished once: a reload of the callback asks nothing', async () => {
    const { browser, provider } = await setUp()
    const user = browser()
    const callback = await user.begin()
    await user.navigate(callback, 'cross-site')
    const again = await user.navigate(callback, 'cross-site')
    expect((await problemOf(again)).code).toBe('login_expired')
    expect(provider.requests('token')).toHaveLength(1)
    expect(await user.sessionAnswer()).toMatchObject({ authenticated: true })
  })

  test('B-31 is over after ten minutes', async () => {
    const { browser, provider, advance } = await setUp()
    const user = browser()
    const callback = await user.begin()
    advance(600_001)
    const back = await user.navigate(callback, 'cross-site')
    expect((await problemOf(back)).code).toBe('login_expired')
    expect(provider.requests('token')).toHaveLength(0)
  })

  test('B-31 leaves no cookie of its own behind, and deletes it as it was set', async () => {
    const { browser } = await setUp()
    const user = browser()
    await user.signIn()
    const [set, , deleted] = user.setCookies.map((line) => line.split('; ').slice(1, -1).join('; '))
    expect(deleted).toBe(set)
    expect([...user.jar.keys()]).toEqual(['__Host-Http-app'])
  })

  test('B-31 twelve at a time are finished in reverse order, with less than 4 KB of cookies', async () => {
    const { browser } = await setUp()
    const user = browser()
    const callbacks: string[] = []
    for (let tab = 0; tab < 12; tab++) callbacks.push(await user.begin(`?returnTo=/tab/${tab}`))
    expect(user.cookie.length).toBeLessThan(4096)
    for (const [tab, callback] of [...callbacks.entries()].reverse()) {
      const back = await user.navigate(callback, 'cross-site')
      expect(back.headers.get('location')).toBe(`${ORIGIN}/tab/${tab}`)
    }
    expect(await user.sessionAnswer()).toMatchObject({ authenticated: true })
  })

  test('B-31 twelve at a time over a session are finished in an order of their own, each with its returnTo, with less than 4 KB of cookies', async () => {
    const { browser } = await setUp({ options: { sameSite: 'lax' } })
    const user = browser()
    await user.signIn()
    const callbacks: string[] = []
    for (let tab = 0; tab < 12; tab++) callbacks.push(await user.begin(`?returnTo=/tab/${tab}`))
    expect(user.jar.size).toBe(13)
    expect(user.cookie.length).toBeLessThan(4096)
    for (const tab of [4, 0, 8, 3, 11, 7, 1, 9, 6, 2, 10, 5]) {
      const back = await user.navigate(callbacks[tab]!, 'cross-site')
      expect(back.headers.get('location')).toBe(`${ORIGIN}/tab/${tab}`)
    }
    expect(await user.sessionAnswer()).toMatchObject({ authenticated: true })
  })

  test('B-56 a hundred that are never finished take no more room than twelve', async () => {
    const { browser } = await setUp()
    const user = browser()
    for (let tab = 0; tab < 100; tab++) await user.begin()
    expect(user.jar.size).toBeLessThanOrEqual(12)
    expect(user.cookie.length).toBeLessThan(4200)
    const newest = await user.begin('?returnTo=/newest')
    const back = await user.navigate(newest, 'cross-site')
    expect(back.headers.get('location')).toBe(`${ORIGIN}/newest`)
  })

  test.each([
    ['B-33 with the iss of another provider', { iss: 'https://evil.example' }, 'issuer_mismatch'],
    ['B-33 without the iss that was promised', { iss: undefined }, 'issuer_mismatch'],
    ['B-33 with an error', { error: 'access_denied', code: undefined }, 'login_refused'],
    ['B-33 with another state', { state: 'another' }, 'login_expired'],
    ['B-33 without a state', { state: undefined }, 'state_mismatch'],
  ])('%s opens no session', async (_, change, code) => {
    const { browser, provider, events } = await setUp()
    const user = browser()
    const login = await user.navigate('/bff/login')
    const query = provider.authorize(login.headers.get('location')!, change)
    const back = await user.navigate(`/bff/callback${query}`, 'cross-site')
    expect((await problemOf(back)).code).toBe(code)
    expect(user.session).toBeUndefined()
    expect(provider.requests('token')).toHaveLength(0)
    expect(events).toContainEqual(expect.objectContaining({ type: 'sign-in-failed', code }))
  })

  test.each([
    ['nonce', { nonce: 'another' }],
    ['aud', { aud: 'another' }],
    ['iss', { iss: 'https://evil.example' }],
  ])(
    'B-33 an ID token with another %s opens no session, and its refresh token is revoked',
    async (_, claims) => {
      const { browser, provider } = await setUp()
      provider.idToken.claims = claims
      const user = browser()
      const back = await user.signIn()
      expect(await problemOf(back)).toMatchObject({ code: 'login_failed', status: 502 })
      expect(user.session).toBeUndefined()
      await expect.poll(() => provider.revoked.length).toBe(1)
    },
  )

  test('B-33 a wrong verifier is refused by the provider', async () => {
    const { browser, provider } = await setUp()
    const user = browser()
    const first = await user.begin()
    const second = await user.begin()
    // The code of one sign-in with the state of the other: an injected code (RFC 9700 §4.5).
    const injected = new URL(second, ORIGIN)
    injected.searchParams.set('code', new URL(first, ORIGIN).searchParams.get('code')!)
    const back = await user.navigate(`/bff/callback${injected.search}`, 'cross-site')
    expect(await problemOf(back)).toMatchObject({ code: 'login_refused', error: 'invalid_grant' })
    expect(provider.requests('token')).toHaveLength(1)
  })

  test('B-55 tells a person where the application says, and no word of the provider goes into a page', async () => {
    const { browser, provider } = await setUp({
      options: { signInErrorPath: '/sign-in-failed?x=1' },
    })
    const user = browser()
    const login = await user.navigate('/bff/login')
    const query = provider.authorize(login.headers.get('location')!, {
      ...{ error: 'access_denied', error_description: '<script>', code: undefined },
    })
    const back = await user.navigate(`/bff/callback${query}`, 'cross-site')
    expect(back.status).toBe(303)
    expect(back.headers.get('location')).toBe(`${ORIGIN}/sign-in-failed?x=1&code=login_refused`)
  })

  test('B-55 tells a person there, too, when the way to the provider fails', async () => {
    const { browser, provider, events } = await setUp({
      options: { signInErrorPath: '/sign-in-failed' },
    })
    provider.always('discovery', behaviours.offline)
    const user = browser()
    const login = await user.navigate('/bff/login?returnTo=/orders')
    expect(login.status).toBe(303)
    expect(login.headers.get('location')).toBe(`${ORIGIN}/sign-in-failed?code=provider_unavailable`)
    expect(user.setCookies).toEqual([])
    expect(events).toMatchObject([{ type: 'sign-in-failed', code: 'provider_unavailable' }])
    // A mistake in a link is shown to whoever made it.
    const wrong = await user.navigate('/bff/login?returnTo=https://evil.example')
    expect((await problemOf(wrong)).code).toBe('invalid_return_to')
  })

  test('B-27 while the provider is away is answered with 503 and Retry-After, and asks it once', async () => {
    const { browser, provider } = await setUp()
    provider.always('discovery', behaviours.offline)
    const user = browser()
    for (let time = 0; time < 5; time++) {
      const login = await user.navigate('/bff/login')
      expect(await problemOf(login)).toMatchObject({ code: 'provider_unavailable', status: 503 })
      expect(Number(login.headers.get('retry-after'))).toBeGreaterThan(0)
    }
    expect(provider.requests('discovery')).toHaveLength(1)
  })
})
