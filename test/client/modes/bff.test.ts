import { describe, expect, test } from 'vitest'
import { createAuthClient, createClient } from '../../../src/client/create-auth-client.ts'
import { behaviours, status } from '../../../src/testing/provider/behaviours.ts'
import { failure } from '../../support/outcomes.ts'
import { bffApps } from './bff-device.ts'

describe('the way in', () => {
  test('is one navigation to the backend, with a checked path to come back to', async () => {
    const { open, settled, bff } = bffApps()
    const { tab, client } = await settled(open({ url: 'https://app.example/orders?page=2#a' }))
    expect(client.getSession()).toEqual({ status: 'signed-out', reason: 'no_session' })
    expect(bff.log).toEqual([])
    await client.signIn({
      ...{ prompt: 'login', loginHint: 'ada', maxAge: 60, uiLocales: 'de', acrValues: 'mfa' },
    })
    expect(client.getSession().status).toBe('signing-in')
    const [url] = tab.assigned
    expect(url).toMatch(/^https:\/\/app\.example\/bff\/login\?/)
    expect(Object.fromEntries(new URL(url!).searchParams)).toEqual({
      ...{ returnTo: '/orders?page=2#a', prompt: 'login', login_hint: 'ada', max_age: '60' },
      ...{ ui_locales: 'de', acr_values: 'mfa' },
    })
    expect(bff.log).toEqual([])
  })

  test.each([
    [{ returnTo: 'https://evil.example/' }, /returnTo/],
    [{ returnTo: '//evil.example' }, /returnTo/],
    [{ parameters: { acr: 'x' } }, /parameters/],
  ])('refuses %j, and nothing was begun', async (options, message) => {
    const { open, settled } = bffApps()
    const { tab, client } = await settled(open())
    await expect(client.signIn(options)).rejects.toThrow(TypeError)
    await expect(client.signIn(options)).rejects.toThrow(message)
    expect(tab.assigned).toEqual([])
    expect(client.getSession().status).toBe('signed-out')
  })

  test('ends in the session, with one request, and no parameter in the address bar', async () => {
    const { signedIn, bff } = bffApps()
    const { tab, client } = await signedIn()
    expect(client.getSession()).toEqual({
      ...{ status: 'signed-in', subject: 'user-1', user: { sub: 'user-1', name: 'Ada' } },
    })
    expect(tab.href).toBe('https://app.example/')
    expect(bff.log.map(({ route }) => route)).toEqual(['session'])
    expect(client.diagnostics()).toMatchObject({ vault: 'bff', errors: [] })
  })

  test('that is given up leaves the user signed out, and no guard sends them again', async () => {
    const { open, settled, world } = bffApps()
    const { tab, client } = await settled(open())
    await client.signIn()
    tab.enterBackForwardCache()
    await world.advance(1000)
    tab.leaveBackForwardCache()
    await world.advance(1000)
    expect(client.getSession()).toEqual({ status: 'signed-out', reason: 'aborted' })
  })

  test('U21 goes there again after the page was given back, or was held back from leaving', async () => {
    const { open, settled, world } = bffApps()
    const { tab, client } = await settled(open())
    await client.signIn()
    tab.enterBackForwardCache()
    await world.advance(1000)
    tab.leaveBackForwardCache()
    await world.advance(1000)
    tab.heldBack = true
    const again = client.signIn()
    await world.settle()
    expect(tab.assigned).toHaveLength(2)
    await world.advance(10_001)
    await again
    tab.heldBack = false
    await client.signIn()
    expect(tab.assigned).toHaveLength(3)
  })

  test('spends no more than two redirects a minute that no person asked for', async () => {
    const { open, settled } = bffApps()
    let app = await settled(open())
    for (let i = 0; i < 2; i++) {
      await app.client.signIn({ automatic: true })
      app = await settled(open({ cloneOf: app.tab }))
    }
    expect((await failure(app.client.signIn({ automatic: true }))).code).toBe('redirect_loop')
  })
})

describe('a reload', () => {
  test('keeps the session, with one request', async () => {
    const { signedIn, reload, bff } = bffApps()
    const app = await signedIn()
    const before = bff.log.length
    const { client } = await reload(app)
    expect(client.getSession()).toMatchObject({ status: 'signed-in', subject: 'user-1' })
    expect(bff.log.length - before).toBe(1)
  })

  test('without network shows an error, and the session as soon as there is one', async () => {
    const { signedIn, reload, world } = bffApps()
    const app = await signedIn()
    world.online = false
    const { client, tab } = await reload(app)
    expect(client.getSession()).toMatchObject({ status: 'error', error: { code: 'network' } })
    world.online = true
    tab.emit('wake')
    await world.advance(5000)
    expect(client.getSession()).toMatchObject({ status: 'signed-in' })
  })

  test('while the backend is down asks again by itself, ever more slowly, and never signs out', async () => {
    const { signedIn, reload, world, bff } = bffApps()
    const app = await signedIn()
    bff.always('session', status(503))
    const { client } = await reload(app)
    const before = bff.log.length
    await world.advance(3_600_000)
    expect(bff.log.length - before).toBeGreaterThan(50)
    expect(bff.log.length - before).toBeLessThan(130)
    expect(client.getSession()).toMatchObject({
      ...{ status: 'error', error: { code: 'provider_unavailable', status: 503 } },
    })
    bff.always('session', undefined)
    await world.advance(61_000)
    expect(client.getSession()).toMatchObject({ status: 'signed-in' })
  })

  test('waits as long as the backend says', async () => {
    const { signedIn, reload, world, bff } = bffApps()
    const app = await signedIn()
    bff.next('session', status(503, { 'retry-after': '300' }))
    const { client } = await reload(app)
    await world.advance(299_000)
    expect(client.getSession().status).toBe('error')
    await world.advance(3000)
    expect(client.getSession().status).toBe('signed-in')
  })

  test('finds a misconfigured backend, and says so instead of "signed out"', async () => {
    const { signedIn, reload, bff } = bffApps()
    const app = await signedIn()
    bff.always('session', behaviours.html)
    const { client } = await reload(app)
    const session = client.getSession()
    expect(session).toMatchObject({ status: 'error', error: { code: 'bff_misconfigured' } })
    expect(session.status === 'error' && session.error.message).toMatch(/\/bff\/session.*JSON/)
  })

  test('of a client that was stopped asks no more', async () => {
    const { signedIn, reload, world, bff } = bffApps()
    const app = await signedIn()
    bff.always('session', status(503))
    const { client } = await reload(app)
    client.stop()
    await world.advance(5000)
    const before = bff.log.length
    await world.advance(3_600_000)
    expect(bff.log.length).toBe(before)
  })
})

describe('all tabs', () => {
  test('U19 hear of a sign-out at once, and send nothing for it', async () => {
    const { signedIn, open, settled, world, bff } = bffApps()
    const one = await signedIn()
    const two = await settled(open())
    await one.client.signOut()
    await world.settle()
    expect(one.client.getSession()).toEqual({ status: 'signed-out', reason: 'signed_out' })
    expect(two.client.getSession()).toEqual({
      ...{ status: 'signed-out', reason: 'signed_out_elsewhere' },
    })
    expect(bff.requests('logout').length).toBe(1)
    expect(one.tab.assigned.at(-1)).toBe('https://op.example/end?post_logout_redirect_uri=%2F')
    expect((await failure(two.client.getAccessToken())).code).toBe('signed_out')
  })

  test('hear of a sign-in', async () => {
    const { open, settled, signIn, world } = bffApps()
    const two = await settled(open())
    await signIn(await settled(open()))
    await world.settle()
    expect(two.client.getSession()).toMatchObject({ status: 'signed-in', subject: 'user-1' })
  })

  test('U20 hear of another user, whose tokens are never the first one’s', async () => {
    const { signedIn, open, settled, signIn, world, bff } = bffApps()
    const one = await signedIn()
    const before = await one.client.getAccessToken()
    bff.claims = { sub: 'user-2' }
    await signIn(await settled(open()))
    await world.settle()
    expect(one.client.getSession()).toMatchObject({ status: 'signed-in', subject: 'user-2' })
    expect(await one.client.getAccessToken()).not.toBe(before)
  })

  test('U20 do nothing for a user who changed meanwhile, also where no message came', async () => {
    const { signedIn, open, settled, signIn, world, bff } = bffApps()
    const one = await signedIn()
    bff.claims = { sub: 'user-2' }
    await signIn(await settled(open()), { channels: false })
    await world.settle()
    expect(one.client.getSession()).toMatchObject({ subject: 'user-1' })
    expect((await failure(one.client.getAccessToken())).code).toBe('user_mismatch')
    await world.settle()
    expect(one.client.getSession()).toMatchObject({ status: 'signed-in', subject: 'user-2' })
  })

  test('without channels hear when they come back to sight', async () => {
    const { open, settled, signIn, world } = bffApps()
    const two = await settled(open({ channels: false }))
    const one = await signIn(await settled(open()), { channels: false })
    await world.advance(11_000)
    two.tab.emit('wake')
    await world.settle()
    expect(two.client.getSession()).toMatchObject({ status: 'signed-in' })
    await one.client.signOut()
    await world.advance(11_000)
    two.tab.emit('wake')
    await world.settle()
    expect(two.client.getSession()).toEqual({
      ...{ status: 'signed-out', reason: 'signed_out_elsewhere' },
    })
  })
})

describe('a sign-out', () => {
  test('U19 that does not reach the backend is final here, told, and made good for later', async () => {
    const { signedIn, reload, world, bff } = bffApps()
    const app = await signedIn()
    world.online = false
    expect((await failure(app.client.signOut())).code).toBe('network')
    expect(app.client.getSession()).toMatchObject({ status: 'signed-out' })
    expect(bff.session).toBeDefined()
    const again = await reload(app)
    expect(again.client.getSession()).toMatchObject({ status: 'signed-out' })
    world.online = true
    again.tab.emit('wake')
    await world.settle()
    expect(bff.session).toBeUndefined()
    expect(bff.requests('logout').at(-1)?.body).toEqual({ provider: false })
    expect(again.client.getSession()).toMatchObject({ status: 'signed-out' })
  })

  test('U19 of a page that could not ask who is signed in reaches the backend, too', async () => {
    const { signedIn, reload, world, bff } = bffApps()
    const app = await signedIn()
    world.online = false
    const offline = await reload(app)
    await failure(offline.client.signOut())
    await world.settle()
    world.online = true
    const { client } = await reload(offline)
    await world.settle()
    expect(client.getSession()).toMatchObject({ status: 'signed-out' })
    expect(bff.session).toBeUndefined()
  })

  test('U19 is waited for by the sign-in that follows: it never ends the new session', async () => {
    const { signedIn, world, bff } = bffApps()
    const { client, tab } = await signedIn()
    let release = (): void => {}
    bff.next('logout', async (act) => {
      await new Promise<void>((resolve) => (release = resolve))
      return act()
    })
    void client.signOut({ provider: false })
    await world.settle()
    void client.signIn()
    await world.settle()
    expect(tab.assigned).toEqual([])
    release()
    await world.settle()
    expect(tab.assigned.length).toBe(1)
  })

  test.each([
    [{ provider: false }, { provider: false, returnTo: '/' }],
    [{ postLogoutRedirectUri: '/bye?x=1' }, { provider: true, returnTo: '/bye?x=1' }],
  ])('sends the backend what %j means', async (options, body) => {
    const { signedIn, bff } = bffApps()
    const { client } = await signedIn()
    await client.signOut(options)
    expect(bff.requests('logout').map((request) => request.body)).toEqual([body])
  })

  test.each([
    [{ postLogoutRedirectUri: 'https://elsewhere.example/' }, /postLogoutRedirectUri/],
    [{ parameters: { logout_uri: '/x' } }, /parameters/],
  ])('refuses %j, and ends nothing', async (options, message) => {
    const { signedIn } = bffApps()
    const { client } = await signedIn()
    await expect(client.signOut(options)).rejects.toThrow(message)
  })
})

describe('tokens', () => {
  test('in proxied mode are kept by the backend: the error names auth.fetch, and nothing is asked twice', async () => {
    const { signedIn, bff, world } = bffApps({ mediated: false })
    const { client } = await signedIn()
    const error = await failure(client.getAccessToken())
    expect(error).toMatchObject({ code: 'token_not_in_page', recoverable: false })
    expect(error.message).toMatch(/auth\.fetch/)
    client.subscribeAccessToken(() => {})
    await world.advance(3_600_000)
    expect(client.getAccessTokenState()).toMatchObject({ status: 'unavailable' })
    expect(client.getSession().status).toBe('signed-in')
    for (const forceRefresh of [false, true]) {
      await expect(client.getAccessToken({ forceRefresh })).rejects.toThrow(/auth\.fetch/)
    }
    expect(bff.requests('token')).toHaveLength(1)
  })

  test('in mediated mode are renewed ahead of their end while they are watched', async () => {
    const { signedIn, bff, world } = bffApps({ tokenLifetime: 600 })
    const { client } = await signedIn()
    client.subscribeAccessToken(() => {})
    await world.settle()
    const gaps: number[] = []
    for (let i = 0; i < 120; i++) {
      await world.advance(30_000)
      const state = client.getAccessTokenState()
      if (state.status !== 'ready') gaps.push(i)
    }
    expect(gaps).toEqual([])
    // An hour of ten minutes each, renewed a minute ahead.
    expect(bff.refreshes).toBeLessThanOrEqual(8)
    expect(bff.requests('token').length).toBeLessThanOrEqual(9)
  })

  test('T-31 are asked for anew after a step-up in a popup: the ones of before have not what it gave', async () => {
    const { signedIn, bff, world, open } = bffApps()
    const { client, tab } = await signedIn()
    const before = await client.getAccessToken()
    const signingIn = client.signIn({ mode: 'popup', acrValues: 'mfa' })
    await world.settle()
    const popup = tab.popups.at(-1)!
    open({ url: bff.login(popup.urls.at(-1)!), popup }).client.start()
    await world.settle()
    await signingIn
    expect(client.getSession()).toMatchObject({ status: 'signed-in', subject: 'user-1' })
    expect(await client.getAccessToken()).not.toBe(before)
    const asked = bff.requests('token').length
    await client.getAccessToken()
    expect(bff.requests('token').length).toBe(asked)
  })

  test('are kept while the backend is down, as long as they are valid', async () => {
    const { signedIn, bff, world } = bffApps()
    const { client } = await signedIn()
    const token = await client.getAccessToken()
    bff.always('token', status(503))
    await world.advance(3_590_000)
    expect(await client.getAccessToken()).toBe(token)
    await world.advance(11_000)
    expect((await failure(client.getAccessToken())).code).toBe('provider_unavailable')
    expect(client.getSession().status).toBe('signed-in')
  })
})

describe('options', () => {
  const create = (options: object) => createClient(options as { bff: string }, () => undefined)

  test.each([
    [{ bff: '' }, '`bff`'],
    [{ bff: 7 }, '`bff`'],
    [{ bff: '/bff?x=1' }, '`bff`'],
    [{ bff: 'javascript:alert(1)' }, '`bff`'],
    [{ bff: '/bff', issuer: 'https://op.example' }, '`issuer`'],
    [{ bff: '/bff', clientId: 'spa' }, '`clientId`'],
    [{ bff: '/bff', scope: 'openid' }, '`scope`'],
    [{ bff: '/bff', sessionCheck: 'never' }, '`sessionCheck`'],
    [{ bff: '/bff', protectedResources: [{ url: '/a', bff: '../b' }] }, '`protectedResources`'],
    [{ bff: '/bff', postLogoutRedirectUri: 7 }, '`postLogoutRedirectUri`'],
    [{ bff: '/bff', renewal: { minValidity: -1 } }, '`renewal.minValidity`'],
    [{ bff: '/bff', userSchema: {} }, '`userSchema`'],
    [{ bff: '/bff', storage: 'x' }, '`storage`'],
  ])('U21 that are wrong are named: %j', (options, name) => {
    expect(() => create(options)).toThrow(TypeError)
    expect(() => create(options)).toThrow(name)
  })

  test.each([
    { bff: '/bff' },
    { bff: 'https://app.example/bff/' },
    { bff: '/bff', protectedResources: ['/v1', { url: 'https://api.example/', bff: 'orders' }] },
    { bff: '/bff', sessionCheck: 'always', renewal: { minValidity: 5 }, issuer: undefined },
  ])('that are right are taken: %j', (options) => {
    expect(() => create(options)).not.toThrow()
  })

  test('U21 of two modes in one are refused by the compiler, too', () => {
    // @ts-expect-error The provider is the backend's to know.
    expect(() => createAuthClient({ bff: '/bff', issuer: 'https://op.example' })).toThrow(
      '`issuer`',
    )
    // @ts-expect-error Sign-in parameters of the browser's own.
    expect(() => createAuthClient({ bff: '/bff', scope: 'openid' })).toThrow('`scope`')
    // @ts-expect-error Neither a provider nor a backend.
    expect(() => createAuthClient({ clientId: 'spa' })).toThrow('`issuer`')
  })

  test('sessionCheck: "always" finds a session that began without this client', async () => {
    const { open, settled, bff } = bffApps()
    bff.signIn()
    const { client } = await settled(open({}, { sessionCheck: 'always' }))
    expect(client.getSession()).toMatchObject({ status: 'signed-in' })
  })
})
