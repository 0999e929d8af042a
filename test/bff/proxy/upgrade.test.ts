import { describe, expect, test } from 'vitest'
import { createBff } from '../../../src/bff/create-bff.ts'
import { runtimeEnvironment } from '../../../src/bff/environment.ts'
import { inCookies } from '../cookie-setup.ts'
import { ORIGIN, problemOf, setUp, type Browser } from '../setup.ts'
import { VirtualTimers } from '../virtual-timers.ts'

const UPSTREAM = 'wss://api.example/events'
const webSockets = [{ name: 'events', upstream: UPSTREAM }]

function upgrade(
  user: Browser,
  headers: Record<string, string> = {},
  path = '/bff/ws/events?from=7',
) {
  const all = { cookie: user.cookie, origin: ORIGIN, upgrade: 'websocket', ...headers }
  return user.bff.authorizeUpgrade(new Request(ORIGIN + path, { headers: all }))
}

async function signedIn() {
  const setup = await setUp({ options: { webSockets } })
  const user = setup.browser()
  await user.signIn()
  return { ...setup, user }
}

describe('B-52 a WebSocket', () => {
  test('is opened for a page of the application, with the access token', async () => {
    const { user, provider } = await signedIn()
    const [token] = [...provider.accessTokens.keys()]
    expect(await upgrade(user)).toMatchObject({
      ok: true,
      upstreamUrl: `${UPSTREAM}?from=7`,
      headers: { authorization: `Bearer ${token}` },
    })
  })

  test.each([
    ['another site', { origin: 'https://evil.example' }, 'csrf_rejected'],
    ['a site whose name begins alike', { origin: `${ORIGIN}.evil.example` }, 'csrf_rejected'],
    ['nobody knows where', { origin: 'null' }, 'csrf_rejected'],
    ['somebody without a session', { cookie: '' }, 'not_authenticated'],
  ])('from %s is refused', async (_, headers, code) => {
    const { user } = await signedIn()
    const answer = await upgrade(user, headers)
    if (answer?.ok !== false) throw new Error('It was opened.')
    expect((await problemOf(answer.response)).code).toBe(code)
  })

  test('to another name is refused, and none can be had by a plain request', async () => {
    const { user } = await signedIn()
    const answer = await upgrade(user, {}, '/bff/ws/other')
    if (answer?.ok !== false) throw new Error('It was opened.')
    expect(answer.response.status).toBe(404)
    expect((await user.call('/bff/ws/events')).status).toBe(404)
  })

  test('is refused, and told, where the backend itself fails', async () => {
    const { user, options, env, events } = await signedIn()
    const now = () => {
      throw new RangeError('a mistake')
    }
    user.bff = createBff(options, { ...env, now })
    const answer = await upgrade(user)
    if (answer?.ok !== false) throw new Error('It was opened.')
    expect((await problemOf(answer.response)).code).toBe('internal_error')
    expect(events.at(-1)).toMatchObject({ type: 'unexpected-error', route: '/ws/' })
  })

  test('is closed when the session ends, in whatever process', async () => {
    const timers = new VirtualTimers()
    const { user, options, env } = await signedIn()
    const elsewhere = createBff(options, { ...env, timer: timers.timer })
    const here = user.bff
    user.bff = elsewhere
    const answer = await upgrade(user)
    if (!answer?.ok) throw new Error('It was refused.')
    const codes: number[] = []
    answer.onEnd((code) => codes.push(code))
    await timers.pass(31_000)
    expect(codes).toEqual([])
    user.bff = here
    await user.post('/bff/logout')
    await timers.pass(31_000)
    expect(codes).toEqual([4401])
    expect(timers.pending).toBe(0)
  })

  test('is closed at once when this process ends the session', async () => {
    const { user, options, env } = await signedIn()
    const timers = new VirtualTimers()
    user.bff = createBff(options, { ...env, timer: timers.timer })
    const codes: number[] = []
    for (let socket = 0; socket < 3; socket++) {
      const answer = await upgrade(user)
      if (!answer?.ok) throw new Error('It was refused.')
      answer.onEnd((code) => codes.push(code))
    }
    await user.post('/bff/logout', { provider: false })
    expect(codes).toEqual([4401, 4401, 4401])
  })

  test('of another session stays open', async () => {
    const { user, browser } = await signedIn()
    const other = browser()
    await other.signIn()
    const answer = await upgrade(other)
    if (!answer?.ok) throw new Error('It was refused.')
    const codes: number[] = []
    const stop = answer.onEnd((code) => codes.push(code))
    await user.post('/bff/logout')
    stop()
    expect(codes).toEqual([])
  })

  test('is closed when its time is over, also while the store is away', async () => {
    const timers = new VirtualTimers()
    let away = false
    const setup = await setUp({
      options: { webSockets, absoluteTimeoutMs: 60_000 },
      store: (store) => {
        const get = store.get.bind(store)
        store.get = (key) => (away ? Promise.reject(new Error('away')) : get(key))
        return store
      },
    })
    const user = setup.browser()
    await user.signIn()
    user.bff = createBff(setup.options, { ...setup.env, timer: timers.timer })
    const answer = await upgrade(user)
    if (!answer?.ok) throw new Error('It was refused.')
    const codes: number[] = []
    answer.onEnd((code) => codes.push(code))
    away = true
    await timers.pass(31_000)
    expect(codes).toEqual([])
    setup.advance(60_000)
    await timers.pass(31_000)
    expect(codes).toEqual([4401])
  })

  test('is closed by a backend that closes, as one that goes away', async () => {
    const { user } = await signedIn()
    const answer = await upgrade(user)
    if (!answer?.ok) throw new Error('It was refused.')
    const codes: number[] = []
    answer.onEnd((code) => codes.push(code))
    await user.bff.close()
    expect(codes).toEqual([1001])
  })

  test('whose server cannot close it keeps no other open, and no event from the listener', async () => {
    const { user, provider, events } = await signedIn()
    const open = async (listener: (code: number) => void) => {
      const answer = await upgrade(user)
      if (!answer?.ok) throw new Error('It was refused.')
      answer.onEnd(listener)
    }
    const broken = () => {
      throw new Error('It is closed already.')
    }
    const codes: number[] = []
    await open(broken)
    await open((code) => codes.push(code))
    await user.post('/bff/logout', { provider: false })
    expect(codes).toEqual([4401])
    expect(events.at(-1)).toMatchObject({ type: 'session-ended', reason: 'logout' })
    await user.signIn()
    await open(broken)
    await open((code) => codes.push(code))
    provider.idToken.claims = {}
    await user.bff.close()
    expect(codes).toEqual([4401, 1001])
    await open(broken)
  })

  test('that was being opened when the backend closed is closed as soon as it is open', async () => {
    const { user } = await signedIn()
    const answer = await upgrade(user)
    if (!answer?.ok) throw new Error('It was refused.')
    await user.bff.close()
    const codes: number[] = []
    answer.onEnd((code) => codes.push(code))()
    expect(codes).toEqual([1001])
  })

  test('that is not below the path of the backend is left to others', async () => {
    const { user } = await signedIn()
    expect(await upgrade(user, {}, '/live')).toBeNull()
  })

  test('that was closed by itself is not watched any more', async () => {
    const timers = new VirtualTimers()
    const { options, env, user } = await signedIn()
    user.bff = createBff(options, { ...env, timer: timers.timer })
    const answer = await upgrade(user)
    if (!answer?.ok) throw new Error('It was refused.')
    const stop = answer.onEnd(() => {})
    stop()
    expect(timers.pending).toBe(0)
  })

  test.each([
    { name: 'a/b', upstream: UPSTREAM },
    { name: 'a', upstream: 'https://api.example' },
    { name: 'a', upstream: 'ws://api.example' },
    { name: 'a', upstream: `${UPSTREAM}?x` },
    { name: 'a', upstream: 'wss://user@api.example' },
    { name: 'a', upstream: 'wss://:password@api.example' },
  ])('B-06 %j is refused at start', async (route) => {
    const { options } = await setUp()
    expect(() => createBff({ ...options, webSockets: [route] }, runtimeEnvironment)).toThrow(
      /createBff: webSockets: /,
    )
  })
})

test('B-52 where sessions are in cookies, a WebSocket waits for the page to renew a token that is over', async () => {
  const { browser, advance } = await inCookies({ webSockets })
  const user = browser()
  await user.signIn()
  advance(301_000)
  const answer = await upgrade(user)
  if (answer?.ok !== false) throw new Error('It was opened.')
  expect(await problemOf(answer.response)).toMatchObject({ status: 401, code: 'token_expired' })
  await user.post('/bff/refresh')
  expect(await upgrade(user)).toMatchObject({ ok: true })
})

test.each([
  ['the user is there, and opened again', true],
  ['nobody is there, and not opened again', false],
])(
  'B-52 where sessions are in cookies, a WebSocket is closed with 1001 at the idle limit of its cookie where %s',
  async (_, isThere) => {
    const timers = new VirtualTimers()
    const { browser, advance, options, env } = await inCookies({ webSockets })
    const user = browser()
    user.bff = createBff(options, { ...env, timer: timers.timer })
    await user.signIn()
    const answer = await upgrade(user)
    if (!answer?.ok) throw new Error('It was refused.')
    const codes: number[] = []
    answer.onEnd((code) => codes.push(code))
    for (let minutes = 0; minutes < 60; minutes += 4) {
      expect(codes).toEqual([])
      advance(240_000)
      if (isThere) expect((await timers.until(user.post('/bff/refresh'))).status).toBe(200)
      await timers.pass(31_000)
    }
    expect(codes).toEqual([1001])
    expect(await upgrade(user)).toMatchObject({ ok: isThere })
  },
)

describe('B-56 the place of a WebSocket', () => {
  const one = { webSockets, maxWebSocketsPerSession: 1 }

  async function onePlace() {
    const timers = new VirtualTimers()
    const setup = await setUp({ options: one })
    const user = setup.browser()
    await user.signIn()
    user.bff = createBff(setup.options, { ...setup.env, timer: timers.timer })
    return { user, timers }
  }

  test('is free again when nobody opens it', async () => {
    const { user, timers } = await onePlace()
    expect(await upgrade(user)).toMatchObject({ ok: true })
    const second = await upgrade(user)
    if (second?.ok !== false) throw new Error('It was opened.')
    expect(await problemOf(second.response)).toMatchObject({
      status: 429,
      code: 'too_many_sockets',
    })
    await timers.pass(31_000)
    expect(await upgrade(user)).toMatchObject({ ok: true })
  })

  test.each<[string, (user: Browser) => Promise<unknown>]>([
    ['its session has no token for it', async (user) => await upgrade(user, {}, '/bff/ws/other')],
    [
      'the page leaves before it is open',
      async (user) => {
        const leaving = new AbortController()
        const headers = { cookie: user.cookie, origin: ORIGIN }
        const { signal } = leaving
        await user.bff.authorizeUpgrade(new Request(`${ORIGIN}/bff/ws/events`, { headers, signal }))
        leaving.abort()
      },
    ],
    [
      'its upstream is away',
      async (user) => {
        const answer = await upgrade(user)
        if (answer?.ok) answer.unavailable()
      },
    ],
    [
      'it is closed',
      async (user) => {
        const answer = await upgrade(user)
        if (answer?.ok) answer.onEnd(() => {})()
      },
    ],
  ])('is free again when %s', async (_, come) => {
    const { user, timers } = await onePlace()
    for (let times = 0; times < 3; times++) await come(user)
    expect(await upgrade(user)).toMatchObject({ ok: true })
    expect(timers.pending).toBe(1)
  })
})
