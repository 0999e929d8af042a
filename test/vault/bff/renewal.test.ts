import { describe, expect, test } from 'vitest'
import { behaviours, status } from '../../../src/testing/provider/behaviours.ts'
import { failure } from '../../support/outcomes.ts'
import { accessToken, gate, states } from '../device.ts'
import { API, bffDevice } from './device.ts'

const MINUTE = 60_000

/** A backend that keeps sessions in cookies, and whose access tokens live for ten minutes. */
const stateless = () => bffDevice({ stateless: true, tokenLifetime: 600 })

describe('where sessions are in cookies', () => {
  test('renews before a proxied call whose access token is over, and not before one that holds', async () => {
    const { signedIn, bff, world, pass } = stateless()
    const { vault } = await signedIn()
    await vault.authorize({ url: API })
    expect(bff.requests('refresh')).toEqual([])
    world.sleep(11 * MINUTE)
    const { headers } = await pass(vault.authorize({ url: API }))
    expect(bff.requests('refresh').length).toBe(1)
    expect((await bff.fetch(API, { headers })).status).toBe(200)
  })

  test('U1 renews once for two tabs and a hundred callers', async () => {
    const { signedIn, opened, bff, world, pass, ask } = stateless()
    const one = await signedIn()
    const two = await opened()
    world.sleep(11 * MINUTE)
    const calls = Array.from({ length: 25 }, () => [
      ...[one, two].map(({ vault }) => pass(vault.authorize({ url: API }))),
      ...[one, two].map(({ vault }) => ask(vault)),
    ])
    await Promise.all(calls.flat())
    expect(bff.requests('refresh').length).toBe(1)
  })

  test('renews again at the next end, once', async () => {
    const { signedIn, opened, bff, world, pass } = stateless()
    const one = await signedIn()
    const two = await opened()
    for (let round = 1; round <= 3; round++) {
      world.sleep(11 * MINUTE)
      await Promise.all([one, two].map(({ vault }) => pass(vault.authorize({ url: API }))))
      expect(bff.requests('refresh').length).toBe(round)
    }
  })

  test('renews where another tab did so before, and that token is over, too', async () => {
    const { signedIn, opened, bff, world, pass } = stateless()
    const one = await signedIn()
    const two = await opened()
    world.sleep(11 * MINUTE)
    await pass(one.vault.authorize({ url: API }))
    world.sleep(11 * MINUTE)
    const { headers } = await pass(two.vault.authorize({ url: API }))
    expect((await bff.fetch(API, { headers })).status).toBe(200)
    expect(bff.requests('refresh').length).toBe(2)
  })

  test('renews and asks again where a token’s request finds it over', async () => {
    const { signedIn, bff, world, ask } = stateless()
    const { vault } = await signedIn()
    await ask(vault)
    world.sleep(11 * MINUTE)
    expect(accessToken(await ask(vault))).toBe(`access-token-${bff.refreshes}`)
    expect(bff.requests('refresh').length).toBe(1)
    expect(bff.requests('token').length).toBe(3)
  })

  test('renews for who wants another token, also where another tab renewed a while before', async () => {
    const { signedIn, opened, bff, world, pass, ask } = stateless()
    const one = await signedIn()
    const two = await opened()
    const before = accessToken(await ask(two.vault))
    world.sleep(11 * MINUTE)
    await pass(one.vault.authorize({ url: API }))
    world.sleep(MINUTE)
    const token = accessToken(await ask(two.vault, { forceRefresh: true }))
    expect(token).not.toBe(before)
    expect(token).toBe(`access-token-${bff.refreshes}`)
    expect(bff.requests('refresh').length).toBe(2)
  })

  test('renews without Web Locks, too', async () => {
    const { signedIn, opened, bff, world, pass } = stateless()
    await signedIn()
    const { vault } = await opened({}, { locks: false })
    world.sleep(11 * MINUTE)
    await pass(vault.authorize({ url: API }))
    expect(bff.requests('refresh').length).toBe(1)
  })

  test.each([
    ['503', status(503), 'provider_unavailable'],
    ['no network', behaviours.offline, 'network'],
  ])('U3 keeps the session where a renewal fails with %s', async (_, behaviour, code) => {
    const { signedIn, bff, world, pass } = stateless()
    const { vault, events } = await signedIn()
    world.sleep(11 * MINUTE)
    bff.next('refresh', behaviour)
    expect((await failure(pass(vault.authorize({ url: API })))).code).toBe(code)
    expect(states(events)).toEqual([])
    expect(await pass(vault.authorize({ url: API }))).toMatchObject({
      headers: { 'x-csrf': '1' },
    })
  })

  test('T-14 ends the session where the backend refuses to renew', async () => {
    const { signedIn, bff, world, pass } = stateless()
    const { vault, events } = await signedIn()
    world.sleep(11 * MINUTE)
    bff.next('refresh', async () => {
      bff.end('invalid_grant')
      return bff.fetch(`${bff.base}/token`, { method: 'POST', headers: { 'x-csrf': '1' } })
    })
    expect((await failure(pass(vault.authorize({ url: API })))).code).toBe('session_expired')
    expect(states(events)).toMatchObject([{ status: 'expired', reason: 'invalid_grant' }])
  })

  test('U19 lets a sign-out during a renewal win', async () => {
    const { signedIn, bff, world, pass } = stateless()
    const { vault } = await signedIn()
    world.sleep(11 * MINUTE)
    const { behaviour, open } = gate()
    bff.next('refresh', behaviour)
    const waiting = failure(vault.authorize({ url: API }))
    await world.settle()
    await vault.endSession({ provider: false })
    open()
    expect((await pass(waiting)).code).toBe('signed_out')
    expect(await vault.open()).toMatchObject({ status: 'empty' })
  })

  test('gives up after a while where another tab never lets go of the lock', async () => {
    const { signedIn, world, pass, bff } = stateless()
    const { vault } = await signedIn()
    world.sleep(11 * MINUTE)
    void world.locks.request('evertoken.bff.test.renewal', {}, () => new Promise(() => {}))
    expect((await failure(pass(vault.authorize({ url: API })))).code).toBe('timeout')
    expect(bff.requests('refresh')).toEqual([])
  })
})

describe('a proxied call', () => {
  test('gets the header that only our pages can send, and the name of its session', async () => {
    const { signedIn, bff } = bffDevice()
    const { vault } = await signedIn()
    const before = bff.log.length
    const { headers } = await vault.authorize({ url: API, method: 'POST' })
    expect(headers).toEqual({ 'x-csrf': '1', 'x-session': 'session-1' })
    expect(bff.log.length).toBe(before)
  })

  test.each([
    'https://app.example/bff-other/x',
    'https://app.example/bff',
    'https://app.example.evil.example/bff/api/x',
    'https://evil.example/bff/api/x',
    'https://app.example/bff/../api/x',
  ])('is not one to %s: that gets the token of its need', async (url) => {
    const { signedIn, pass } = bffDevice()
    const { vault } = await signedIn()
    const { headers } = await pass(vault.authorize({ url }))
    expect(Object.keys(headers)).toEqual(['authorization'])
  })

  test('U20 of a page that shows another user by now is refused by the backend', async () => {
    const { signedIn, signIn, opened, bff } = bffDevice()
    const { vault } = await signedIn()
    const { headers } = await vault.authorize({ url: API })
    await signIn(await opened(), 'user-2')
    expect((await bff.fetch(API, { headers })).status).toBe(409)
  })
})

test('a user who signs in again in another tab keeps getting tokens: their session has another name', async () => {
  const { signedIn, signIn, opened, ask, bff } = bffDevice()
  const { vault, events } = await signedIn()
  await signIn(await opened({}, { channels: false }))
  events.length = 0
  expect(accessToken(await ask(vault, { forceRefresh: true }))).toMatch(/access-token/)
  expect(bff.requests('token').map(({ headers }) => headers.get('x-session'))).toEqual([
    'session-1',
    'session-2',
  ])
  expect(states(events)).toEqual([])
})
