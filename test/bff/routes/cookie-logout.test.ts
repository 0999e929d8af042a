import { describe, expect, test } from 'vitest'
import { createMemoryStore } from '../../../src/bff/sessions/memory-store.ts'
import { sealedCookies } from '../../../src/bff/sessions/sealed-cookies.ts'
import {
  codeOf,
  heldAnswer,
  inCookies,
  pieces,
  renew,
  renewalUnderWay,
  signedIn,
  withCookie,
} from '../cookie-setup.ts'
import { logoutToken, notify } from '../logout-token.ts'

const MINUTE = 60_000

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
    const answer = await renewalUnderWay({ user, provider, bff })
    await user.post('/bff/logout')
    const response = await answer()
    expect(response.headers.getSetCookie()).toEqual([])
    expect(await codeOf(response)).toBe('not_authenticated')
    const newest = [...provider.refreshTokens.keys()].at(-1)
    await expect.poll(() => provider.revoked).toContain(newest)
  })

  test('B-40 by a sign-out that comes just before a renewal is written down wins: nothing is asked, and nothing is left', async () => {
    const denyList = createMemoryStore()
    const create = denyList.create.bind(denyList)
    let before = async () => {}
    denyList.create = async (record) => {
      await before()
      return create(record)
    }
    const { user, advance, provider, refreshes } = await signedIn({
      store: sealedCookies({ denyList }),
    })
    advance(301_000)
    const { cookie } = user
    before = async () => {
      before = async () => {}
      expect((await user.post('/bff/logout')).status).toBe(200)
    }
    const response = await user.call('/bff/refresh', { method: 'POST', headers: { cookie } })
    expect(await codeOf(response)).toBe('not_authenticated')
    expect(response.headers.getSetCookie()).toEqual([])
    expect(refreshes()).toBe(0)
    expect(provider.revoked).toEqual([...provider.refreshTokens.keys()])
  })

  test('by a sign-out leaves a copied cookie open at other instances without a deny-list, until it is idle, and shut with one', async () => {
    for (const denyList of [undefined, createMemoryStore()]) {
      const { user, advance, another } = await signedIn({ store: sealedCookies({ denyList }) })
      const { cookie } = user
      await user.post('/bff/logout')
      expect(await withCookie(user, cookie)).toEqual({ authenticated: false })
      user.bff = another()
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

  test('B-37 B-41 that comes once more, its first answer lost, ends no session that began meanwhile', async () => {
    const setup = await inCookies()
    const { advance, another, browser } = setup
    // Its clock goes with the backend's.
    const bff = another({ store: sealedCookies({ denyList: setup.store }) })
    const user = browser()
    user.bff = bff
    await user.signIn()
    advance(10_000)
    const token = await logoutToken(setup, { sid: undefined })
    expect((await notify({ bff }, token)).status).toBe(200)
    expect(await user.sessionAnswer()).toEqual({ authenticated: false })
    advance(10_000)
    await user.signIn()
    const begun = await user.begin()
    advance(10_000)
    expect((await notify({ bff }, token)).status).toBe(400)
    expect(await user.sessionAnswer()).toMatchObject({ authenticated: true })
    expect((await user.navigate(begun, 'cross-site')).status).toBe(303)
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
    const arrive = heldAnswer(provider)
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
