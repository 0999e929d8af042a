import { createHook } from 'node:async_hooks'
import { describe, expect, test } from 'vitest'
import { status } from '../../../src/testing/provider/behaviours.ts'
import { outcome } from '../../support/outcomes.ts'
import '../lazy.ts'
import { appDevice as device, signedInApp as signedIn } from '../setup.ts'

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

test('U7 does not hand out, as a valid token, a worker’s answer that waited while the page was frozen', async () => {
  const on = await signedIn()
  on.tab.muted = true
  const asked = outcome(on.client.getAccessToken({ forceRefresh: true }))
  await on.world.advance(2000)
  expect(on.tokenRequests()).toBe(2)
  // The page is frozen for two hours while the message waits in its queue.
  on.world.sleep(2 * 3_600_000)
  on.tab.unmute()
  await on.world.advance(5000)
  const got = await asked
  // A token that is valid now or an error is right; the token that ended an hour ago is not.
  if ('value' in got) {
    expect(on.client.getAccessTokenState()).toMatchObject({
      status: 'ready',
      accessToken: got.value,
    })
  }
})

test('U7 measures minValidity when the answer arrives, not when it was sent', async () => {
  const on = await signedIn({}, { expiresIn: 100 })
  await on.world.advance(1000)
  on.tab.muted = true
  const asked = outcome(on.client.getAccessToken({ forceRefresh: true, minValidity: 60_000 }))
  await on.world.advance(50_000 - 6000)
  on.world.sleep(6000)
  on.tab.unmute()
  await on.world.advance(0)
  await on.world.advance(5000)
  const got = await asked
  if ('value' in got) {
    const state = on.client.getAccessTokenState()
    expect(state.status === 'ready' && state.expiresAt - on.world.wall).toBeGreaterThan(50_000)
  }
})

test('makes no request for a signal that is already aborted', async () => {
  const on = await signedIn()
  await on.world.advance(2000)
  const asked = on.client.getAccessToken({ forceRefresh: true, signal: AbortSignal.abort() })
  await expect(asked).rejects.toMatchObject({ code: 'aborted' })
  await on.world.advance(2000)
  expect(on.tokenRequests()).toBe(1)
})

test('throws a TypeError that names a wrong resource, at its first use', async () => {
  const { client } = await signedIn()
  const need = { resource: 'orders' }
  expect(() => client.subscribeAccessToken(() => {}, need)).toThrow(/`resource`/)
  await expect(client.getAccessToken(need)).rejects.toThrow(TypeError)
})

test('rejects getAccessToken(null) of untyped code instead of throwing', async () => {
  const on = await signedIn()
  let promise: unknown
  expect(() => (promise = on.client.getAccessToken(null as never))).not.toThrow()
  await (promise as Promise<string>).catch(() => {})
})

test('protects other callers from a component that changes a token response', async () => {
  const on = await signedIn()
  const token = await on.client.getAccessToken()
  const response = on.client.getTokenResponse() as { access_token: string }
  try {
    response.access_token = 'changed'
  } catch {
    // A frozen response would throw, which is right too.
  }
  expect(await on.client.getAccessToken()).toBe(token)
})
