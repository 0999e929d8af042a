import { createHook } from 'node:async_hooks'
import { describe, expect, test } from 'vitest'
import { behaviours, status } from '../../src/testing/provider/behaviours.ts'
import './lazy.ts'
import { appDevice as device, signedInApp as signedIn } from './setup.ts'

describe('getAccessToken', () => {
  test('U1 one hundred callers cost one token request', async () => {
    const { client, world, provider } = await signedIn({}, { expiresIn: 60 })
    await world.advance(61_000)
    const before = provider.requests('token').length
    const calls = Array.from({ length: 100 }, () => client.getAccessToken())
    await world.until(() => provider.requests('token').length > before)
    expect(new Set(await Promise.all(calls)).size).toBe(1)
    expect(provider.requests('token').length).toBe(before + 1)
  })

  test('U13 a warm call posts nothing, fetches nothing and allocates one promise', async () => {
    const { client, provider, tab } = await signedIn()
    await client.getAccessToken()
    const before = provider.log.length
    tab.muted = true
    let promises = 0
    const hook = createHook({
      init(_id, type) {
        if (type === 'PROMISE') promises++
      },
    }).enable()
    const held = client.getAccessToken()
    hook.disable()
    expect(promises).toBe(1)
    // The worker is mute: whoever asked it would wait.
    expect(await held).toMatch(/^at-/)
    expect(provider.log.length).toBe(before)
  })

  test('U13 so is a call for another resource, once it was made', async () => {
    const { client, tab, world } = await signedIn()
    const need = { resource: 'https://api.example/' }
    const first = client.getAccessToken(need)
    await world.advance(2000)
    const token = await first
    tab.muted = true
    expect(await client.getAccessToken({ resource: ['https://api.example/'] })).toBe(token)
  })

  test.each([
    ['NaN', NaN],
    ['negative', -1],
  ])(
    'a minValidity that is %s is a TypeError, and nobody else hears of it',
    async (_name, minValidity) => {
      const { client, world } = await signedIn()
      await expect(client.getAccessToken({ minValidity })).rejects.toThrow(TypeError)
      await world.settle()
      expect(client.getAccessTokenState().status).toBe('ready')
    },
  )

  test('U7 minValidity of a call is exact', async () => {
    const { client, world } = await signedIn({}, { expiresIn: 100 })
    const first = await client.getAccessToken()
    await world.advance(40_000)
    const { expiresAt } = client.getAccessTokenState() as { expiresAt: number }
    const left = expiresAt - world.wall
    expect(await client.getAccessToken({ minValidity: left - 1 })).toBe(first)
    const second = client.getAccessToken({ minValidity: left })
    await world.settle()
    expect(await second).not.toBe(first)
  })

  test('U7 an unattainable minValidity is an error, and the token stays', async () => {
    const { client, world } = await signedIn({}, { expiresIn: 100 })
    const asked = client.getAccessToken({ minValidity: 100_001 })
    asked.catch(() => {})
    await world.advance(2000)
    await expect(asked).rejects.toMatchObject({ code: 'min_validity_unattainable' })
    expect(client.getAccessTokenState().status).toBe('ready')
  })

  test('renewal.minValidity is a wish: at most 80 % of the lifetime', async () => {
    const { client, world, provider } = await signedIn(
      { renewal: { minValidity: 600_000 } },
      { expiresIn: 100 },
    )
    const first = await client.getAccessToken()
    await world.advance(21_000)
    const second = client.getAccessToken()
    await world.settle()
    expect(await second).not.toBe(first)
    // A provider that shortens its tokens is no error either.
    provider.options.expiresIn = 10
    await world.advance(70_000)
    const third = client.getAccessToken()
    await world.settle()
    expect(await third).toMatch(/^at-/)
  })

  test('T-13 a signal ends its caller’s wait and no other', async () => {
    const { client, world, provider } = await signedIn({}, { expiresIn: 10 })
    await world.advance(11_000)
    provider.next('token', status(503))
    const stop = new AbortController()
    const before = provider.requests('token').length
    const one = client.getAccessToken({ signal: stop.signal })
    const others = [1, 2, 3, 4].map(() => client.getAccessToken())
    stop.abort()
    await expect(one).rejects.toMatchObject({ code: 'aborted' })
    let held: string[] = []
    void Promise.all(others).then((all) => (held = all))
    await world.until(() => held.length > 0)
    expect(new Set(held).size).toBe(1)
    // The refused one, and the one that served all four.
    expect(provider.requests('token').length).toBe(before + 2)
    await expect(client.getAccessToken({ signal: stop.signal })).rejects.toMatchObject({
      code: 'aborted',
    })
  })

  test('U21 nobody signed in: a typed error, and the same as a value', async () => {
    const { world, ...on } = await device().then((d) => Object.assign(d.open(), { world: d.world }))
    const asked = on.client.getAccessToken()
    asked.catch(() => {})
    await world.settle()
    await expect(asked).rejects.toMatchObject({ code: 'signed_out' })
    expect(on.client.getAccessTokenState()).toMatchObject({
      status: 'unavailable',
      error: { code: 'signed_out' },
    })
  })
})

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

  test('U5 costs nothing where nobody watches, or nobody any more', async () => {
    const on = await signedIn({}, { expiresIn: 5 })
    on.client.subscribeAccessToken(() => {}, {}, { watch: false })
    on.client.subscribeAccessToken(() => {})()
    const before = on.tokenRequests()
    await on.world.advance(30_000)
    expect(on.tokenRequests()).toBe(before)
    // Read without a schedule: the clock is looked at all the same.
    expect(on.client.getAccessTokenState().status).toBe('pending')
  })

  test.each([
    ['both clocks', true],
    ['the wall clock only', false],
  ])(
    'U4 after sleep on %s a call gets a new token, and recovery begins in one turn',
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
    'U7 a clock set by %i ms hands out nothing expired',
    async (by) => {
      const on = await signedIn({}, { expiresIn: 60 })
      const old = await on.client.getAccessToken()
      // The device's clock, not the provider's.
      on.provider.options.now = () => on.world.wall - by
      on.world.jump(by)
      await on.world.advance(60_000)
      const next = on.client.getAccessToken()
      await on.world.advance(2000)
      expect(await next).not.toBe(old)
      // A late word of before does not win over it.
      on.client.subscribeAccessToken(() => {})
      await on.world.settle()
      expect(on.client.getAccessTokenState()).toMatchObject({ accessToken: await next })
    },
  )

  test('U3 a failing provider: ready while valid, unavailable after, and back by itself', async () => {
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

  test('U7 a renewal that hangs does not keep an expired token in sight', async () => {
    const on = await signedIn({}, { expiresIn: 20 })
    on.client.subscribeAccessToken(() => {})
    on.provider.always('token', behaviours.hang)
    await on.world.advance(20_100)
    expect(on.client.getAccessTokenState().status).not.toBe('ready')
  })

  test('T-06 a token without any lifetime is served once and never in a loop', async () => {
    const on = await signedIn({}, { expiresIn: 0 })
    on.client.subscribeAccessToken(() => {})
    const before = on.tokenRequests()
    await on.world.advance(60_000)
    expect(on.tokenRequests() - before).toBeLessThanOrEqual(1)
    const asked = on.client.getAccessToken()
    await on.world.advance(2000)
    expect(await asked).toMatch(/^at-/)
  })

  test('the same access token again, with a later end, is told', async () => {
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

  test('the response is there in the provider’s words, without refresh_token', async () => {
    const on = await signedIn()
    const response = on.client.getTokenResponse()
    expect(response).toMatchObject({ token_type: expect.stringMatching(/bearer/i) as string })
    expect(JSON.stringify(response)).not.toMatch(/refresh_token|rt-/)
  })
})
