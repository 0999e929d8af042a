import { describe, expect, test } from 'vitest'
import { createBff } from '../../../src/bff/create-bff.ts'
import { runtimeEnvironment } from '../../../src/bff/environment.ts'
import { VirtualClock } from '../../../src/testing/device/virtual-clock.ts'
import { ORIGIN, problemOf, setUp, type Browser } from '../setup.ts'

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
    if (answer.ok) throw new Error('It was opened.')
    expect((await problemOf(answer.response)).code).toBe(code)
  })

  test('to another name is refused, and none can be had by a plain request', async () => {
    const { user } = await signedIn()
    const answer = await upgrade(user, {}, '/bff/ws/other')
    if (answer.ok) throw new Error('It was opened.')
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
    if (answer.ok) throw new Error('It was opened.')
    expect((await problemOf(answer.response)).code).toBe('internal_error')
    expect(events.at(-1)).toMatchObject({ type: 'unexpected-error', route: '/ws/' })
  })

  test('is closed when the session ends, in whatever process', async () => {
    const clock = new VirtualClock()
    const { user, options, env } = await signedIn()
    const timers = { ...env, timer: clock.timer.bind(clock) }
    const elsewhere = createBff(options, { ...timers })
    const here = user.bff
    user.bff = elsewhere
    const answer = await upgrade(user)
    if (!answer.ok) throw new Error('It was refused.')
    let closed = 0
    answer.onSessionEnd(() => closed++)
    clock.runNext(clock.monotonic + 31_000)
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(closed).toBe(0)
    user.bff = here
    await user.post('/bff/logout')
    clock.runNext(clock.monotonic + 31_000)
    await expect.poll(() => closed).toBe(1)
    expect(clock.pendingTimers).toBe(0)
  })

  test('that was closed by itself is not watched any more', async () => {
    const clock = new VirtualClock()
    const { options, env, user } = await signedIn()
    user.bff = createBff(options, { ...env, timer: clock.timer.bind(clock) })
    const answer = await upgrade(user)
    if (!answer.ok) throw new Error('It was refused.')
    const stop = answer.onSessionEnd(() => {})
    stop()
    expect(clock.pendingTimers).toBe(0)
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
