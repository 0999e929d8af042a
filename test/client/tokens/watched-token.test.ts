import { describe, expect, test } from 'vitest'
import { behaviours, status } from '../../../src/testing/provider/behaviours.ts'
import '../lazy.ts'
import { appDevice as device, signedInApp as signedIn } from '../setup.ts'

describe('a watched token', () => {
  test.each([1, 5, 30])(
    'U5 of %i s costs a bounded number of requests in 30 s',
    async (expiresIn) => {
      const on = await signedIn({}, { expiresIn })
      const before = on.tokenRequests()
      on.client.subscribeAccessToken(() => {})
      await on.world.advance(30_000)
      const made = on.tokenRequests() - before
      expect(made).toBeLessThanOrEqual(expiresIn === 1 ? 31 : 30 / (expiresIn * 0.75) + 1)
      expect(made).toBeGreaterThanOrEqual(1)
    },
  )

  test.each([
    ['hidden', (on: Awaited<ReturnType<typeof signedIn>>) => on.tab.show(false)],
    [
      'offline',
      (on: Awaited<ReturnType<typeof signedIn>>) => {
        on.world.online = false
        on.tab.emit('rest')
      },
    ],
  ])('U5 costs nothing while the tab is %s', async (_name, rest) => {
    const on = await signedIn({}, { expiresIn: 5 })
    on.client.subscribeAccessToken(() => {})
    await on.world.settle()
    rest(on)
    const before = on.tokenRequests()
    await on.world.advance(30_000)
    expect(on.tokenRequests()).toBe(before)
    expect(on.client.getAccessTokenState().status).not.toBe('ready')
  })

  test('U5 costs nothing without a watcher, or after the last one left', async () => {
    const on = await signedIn({}, { expiresIn: 5 })
    on.client.subscribeAccessToken(() => {}, {}, { watch: false })
    on.client.subscribeAccessToken(() => {})()
    const before = on.tokenRequests()
    await on.world.advance(30_000)
    expect(on.tokenRequests()).toBe(before)
    // Without a watcher no schedule runs, and the state still goes by the clock.
    expect(on.client.getAccessTokenState().status).toBe('pending')
  })

  test.each([
    ['both clocks', true],
    ['the wall clock only', false],
  ])(
    'U4 is a new one in the first call after sleep on %s, and recovery begins in one turn',
    async (_n, both) => {
      const on = await signedIn({}, { expiresIn: 60 })
      on.client.subscribeAccessToken(() => {})
      const old = await on.client.getAccessToken()
      on.tab.show(false)
      on.world.sleep(3_600_000, both)
      const before = on.tokenRequests()
      on.tab.show(true)
      expect(on.client.getAccessTokenState().status).toBe('pending')
      await on.world.settle()
      expect(on.tokenRequests()).toBe(before + 1)
      await on.world.until(() => on.client.getAccessTokenState().status === 'ready')
      expect(await on.client.getAccessToken()).not.toBe(old)
    },
  )

  test.each([3_600_000, -3_600_000])(
    'U7 is never handed out expired when the clock is set by %i ms',
    async (by) => {
      const on = await signedIn({}, { expiresIn: 60 })
      const old = await on.client.getAccessToken()
      // The clock of the device is set; the one of the provider stays.
      on.provider.options.now = () => on.world.wall - by
      on.world.jump(by)
      await on.world.advance(60_000)
      const next = on.client.getAccessToken()
      await on.world.advance(2000)
      expect(await next).not.toBe(old)
      // A late answer of before does not win over it.
      on.client.subscribeAccessToken(() => {})
      await on.world.settle()
      expect(on.client.getAccessTokenState()).toMatchObject({ accessToken: await next })
    },
  )

  test('U3 is ready while valid when the provider fails, unavailable after, and back by itself', async () => {
    const on = await signedIn({}, { expiresIn: 60 })
    on.provider.always('token', status(503))
    on.client.subscribeAccessToken(() => {})
    await on.world.advance(59_000)
    expect(on.client.getAccessTokenState().status).toBe('ready')
    expect(on.client.getRenewal()).toBe('retrying')
    await on.world.advance(15_000)
    expect(on.client.getAccessTokenState()).toMatchObject({
      status: 'unavailable',
      error: { code: 'provider_unavailable' },
    })
    expect(on.client.getSession().status).toBe('signed-in')
    on.provider.always('token', undefined)
    await on.world.until(() => on.client.getAccessTokenState().status === 'ready', 300_000, 5000)
    expect(on.client.getRenewal()).toBe('idle')
  })

  test('U7 is not shown after its end while a refresh hangs', async () => {
    const on = await signedIn({}, { expiresIn: 20 })
    on.client.subscribeAccessToken(() => {})
    on.provider.always('token', behaviours.hang)
    await on.world.advance(20_100)
    expect(on.client.getAccessTokenState().status).not.toBe('ready')
  })

  test('T-06 is served once without any lifetime, and never in a loop', async () => {
    const on = await signedIn({}, { expiresIn: 0 })
    on.client.subscribeAccessToken(() => {})
    const before = on.tokenRequests()
    await on.world.advance(60_000)
    expect(on.tokenRequests() - before).toBeLessThanOrEqual(1)
    const asked = on.client.getAccessToken()
    await on.world.advance(2000)
    expect(await asked).toMatch(/^at-/)
  })

  test('is told again when the same access token has a later end', async () => {
    const on = await signedIn({}, { expiresIn: 60 })
    on.provider.tokenResponse = { access_token: 'at-same' }
    await on.world.settle()
    const first = on.client.getAccessToken({ forceRefresh: true })
    await on.world.advance(2000)
    await first
    on.client.subscribeAccessToken(() => {})
    const before = on.client.getAccessTokenState()
    await on.world.advance(70_000)
    const after = on.client.getAccessTokenState()
    expect(after).toMatchObject({ status: 'ready', accessToken: 'at-same' })
    expect(after).not.toEqual(before)
  })

  test('has its response in the provider’s words, without refresh_token', async () => {
    const on = await signedIn()
    const response = on.client.getTokenResponse()
    expect(response).toMatchObject({ token_type: expect.stringMatching(/bearer/i) as string })
    expect(JSON.stringify(response)).not.toMatch(/refresh_token|rt-/)
  })
})

test('forgets a need without a watcher when its token has expired', async () => {
  const on = await signedIn()
  const need = { resource: 'https://api.example/orders/1' }
  await on.client.getAccessToken(need)
  expect(on.client.getTokenResponse(need)).toBeDefined()
  await on.world.advance(48 * 3_600_000)
  // It is forgotten with the next call that costs a request anyway.
  await on.client.getAccessToken()
  expect(on.client.getTokenResponse(need)).toBeUndefined()
})

test('ends the session when the watched token expires and there is no refresh token', async () => {
  const on = await device({ expiresIn: 100 })
  on.provider.tokenResponse = { refresh_token: undefined }
  const { client } = await on.signIn(on.open())
  client.subscribeAccessToken(() => {})
  await on.world.advance(300_000)
  expect(client.getAccessTokenState()).toMatchObject({ status: 'unavailable' })
  expect(client.getSession().status).toBe('expired')
})
