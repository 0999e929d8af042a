import { createHook } from 'node:async_hooks'
import { describe, expect, test } from 'vitest'
import { behaviours, status } from '../../src/testing/provider/behaviours.ts'
import './lazy.ts'
import { appDevice as device, signedInApp as signedIn } from './setup.ts'

describe('getAccessToken', () => {
  test('U1 makes one token request for a hundred callers', async () => {
    const { client, world, provider } = await signedIn({}, { expiresIn: 60 })
    await world.advance(61_000)
    const before = provider.requests('token').length
    const calls = Array.from({ length: 100 }, () => client.getAccessToken())
    await world.until(() => provider.requests('token').length > before)
    expect(new Set(await Promise.all(calls)).size).toBe(1)
    expect(provider.requests('token').length).toBe(before + 1)
  })

  test('U13 posts nothing, fetches nothing and makes one promise while the token is warm', async () => {
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
    // The worker is mute, so a call that asked it would wait.
    expect(await held).toMatch(/^at-/)
    expect(provider.log.length).toBe(before)
  })

  test('U13 asks the worker once for another resource, and is warm from then on', async () => {
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
    'rejects a minValidity that is %s with a TypeError, and tells no other reader',
    async (_name, minValidity) => {
      const { client, world } = await signedIn()
      await expect(client.getAccessToken({ minValidity })).rejects.toThrow(TypeError)
      await world.settle()
      expect(client.getAccessTokenState().status).toBe('ready')
    },
  )

  test('U7 keeps to the minValidity of a call exactly', async () => {
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

  test('U7 rejects an unattainable minValidity, and keeps the token', async () => {
    const { client, world } = await signedIn({}, { expiresIn: 100 })
    const asked = client.getAccessToken({ minValidity: 100_001 })
    asked.catch(() => {})
    await world.advance(2000)
    await expect(asked).rejects.toMatchObject({ code: 'min_validity_unattainable' })
    expect(client.getAccessTokenState().status).toBe('ready')
  })

  test('asks renewal.minValidity for at most 80 % of the lifetime', async () => {
    const { client, world, provider } = await signedIn(
      { renewal: { minValidity: 600_000 } },
      { expiresIn: 100 },
    )
    const first = await client.getAccessToken()
    await world.advance(21_000)
    const second = client.getAccessToken()
    await world.settle()
    expect(await second).not.toBe(first)
    // A provider may shorten its tokens, and that is no error either.
    provider.options.expiresIn = 10
    await world.advance(70_000)
    const third = client.getAccessToken()
    await world.settle()
    expect(await third).toMatch(/^at-/)
  })

  test('T-13 ends the wait of the caller whose signal is aborted, and no other', async () => {
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
    // One request was refused, and one served all four.
    expect(provider.requests('token').length).toBe(before + 2)
    await expect(client.getAccessToken({ signal: stop.signal })).rejects.toMatchObject({
      code: 'aborted',
    })
  })

  test('U21 gives a typed error where no user is signed in, also as a value', async () => {
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
