// A store that answers and takes no write: Redis out of memory, a replica in the middle of a failover, a full disk.
import { describe, expect, test } from 'vitest'
import { createBff } from '../../../src/bff/create-bff.ts'
import { sealedCookies } from '../../../src/bff/sessions/sealed-cookies.ts'
import type { SessionStore } from '../../../src/bff/sessions/session-store.ts'
import { ORIGIN, setUp, type SetupOptions } from '../setup.ts'
import { VirtualTimers } from '../virtual-timers.ts'

const READS = ['get', 'taken']
const PROXY = [{ name: 'orders', upstream: 'https://api.example/orders' }]
const SOCKETS = [{ name: 'events', upstream: 'wss://api.example/events' }]

/** @returns a store, and what takes every write from it */
function readOnlyLater() {
  const state = { isReadOnly: false }
  const wrap = (store: SessionStore) =>
    new Proxy(store, {
      get(target, name: keyof SessionStore) {
        return async (...args: never[]) => {
          if (state.isReadOnly && !READS.includes(name)) throw new Error('READONLY')
          return await (target[name] as (...a: never[]) => Promise<unknown>).apply(target, args)
        }
      },
    })
  return { wrap, state }
}

async function signedIn(given: SetupOptions = {}) {
  const { wrap, state } = readOnlyLater()
  const options = { proxy: PROXY, webSockets: SOCKETS, mediated: [{}], ...given.options }
  const upstream = () => new Response('{}')
  const setup = await setUp({ ...given, store: wrap, upstream, options })
  const user = setup.browser()
  await user.signIn()
  return { ...setup, user, state }
}

describe('B-60 while a store takes no write,', () => {
  test('whoever has a valid access token goes on as before', async () => {
    const { user, state, advance, provider } = await signedIn()
    advance(120_000)
    state.isReadOnly = true
    expect(await user.sessionAnswer()).toMatchObject({ authenticated: true })
    expect((await user.post('/bff/token')).status).toBe(200)
    expect((await user.call('/bff/api/orders/1')).status).toBe(200)
    const headers = { cookie: user.cookie, origin: ORIGIN }
    const socket = new Request(`${ORIGIN}/bff/ws/events`, { headers })
    expect(await user.bff.authorizeUpgrade(socket)).toMatchObject({ ok: true })
    expect(provider.requests('token')).toHaveLength(1)
    state.isReadOnly = false
    advance(3_540_000)
    expect(await user.sessionAnswer()).toEqual({ authenticated: false })
  })

  test('a page hears at once who is signed in, also where sessions of sign-ins that were overtaken do not end', async () => {
    const { user, state, options, env, events } = await signedIn()
    const [first, second] = [await user.begin(), await user.begin()]
    const both = [user.navigate(first, 'cross-site'), user.navigate(second, 'cross-site')]
    await Promise.all(both)
    const timers = new VirtualTimers()
    user.bff = createBff(options, { ...env, timer: timers.timer })
    state.isReadOnly = true
    expect(await user.sessionAnswer()).toMatchObject({ authenticated: true })
    const replaced = () =>
      events.filter((event) => 'reason' in event && event.reason === 'replaced')
    const before = replaced().length
    await timers.until(user.bff.close())
    expect(replaced().length).toBeGreaterThan(before)
  })

  test.each([
    ['in the store', {}],
    ['in cookies', { store: sealedCookies() }],
  ])('a sign-out that it never hears of is told, sessions %s', async (where, given) => {
    const { wrap, state } = readOnlyLater()
    const setup = await setUp({ store: wrap })
    const store = where === 'in cookies' ? sealedCookies({ denyList: setup.store }) : setup.store
    const timers = new VirtualTimers()
    const bff = createBff(
      { ...setup.options, ...given, store },
      { ...setup.env, timer: timers.timer },
    )
    const user = setup.browser()
    user.bff = bff
    await user.signIn()
    const { session } = (await user.sessionAnswer()) as { session: string }
    state.isReadOnly = true
    const response = await timers.until(user.post('/bff/logout'))
    expect(response.status).toBe(503)
    expect(user.jar.size).toBe(0)
    await timers.until(bff.close())
    const told = setup.events.filter(({ type }) => type === 'session-end-failed')
    const error = { code: 'store_unavailable' }
    expect(told).toMatchObject([{ session, reason: 'logout', error }])
    expect(setup.events.some(({ type }) => type === 'session-ended')).toBe(false)
  })
})
