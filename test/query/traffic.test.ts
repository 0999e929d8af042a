import { focusManager } from '@tanstack/react-query'
import { AuthError } from 'evertoken'
import { protectedQueryFn, retryUnlessRefused } from 'evertoken/query'
import { afterEach, describe, expect, test } from 'vitest'
import { status } from '../../src/testing/provider/behaviours.ts'
import { API } from '../client/fetch/setup.ts'
import { expire, queryingApp } from './setup.ts'
import { eventually } from '../support/eventually.ts'

afterEach(() => focusManager.setFocused(undefined))

test('U16 a refetch on focus waits for the token that is being renewed, and all share one renewal', async () => {
  const app = await queryingApp({}, { expiresIn: 60 })
  const { api, own, on, world, observe, queryClient } = app
  queryClient.mount()
  const observers = ['a', 'b', 'c'].map((key) => observe(key))
  await eventually(() => {
    for (const observer of observers) expect(observer.getCurrentResult().isSuccess).toBe(true)
  })
  focusManager.setFocused(false)
  await world.advance(61_000)
  const [calls, refreshes] = [api.calls.length, on.tokenRequests()]
  focusManager.setFocused(true)
  await eventually(async () => {
    await world.settle()
    expect(api.calls.length).toBe(calls + 3)
  })
  await eventually(() => {
    for (const observer of observers) expect(observer.getCurrentResult().isFetching).toBe(false)
  })
  expect(on.tokenRequests()).toBe(refreshes + 1)
  expect(api.tokens.slice(calls)).not.toContain(own)
  expect(observers.map((observer) => observer.getCurrentResult().isError)).not.toContain(true)
  queryClient.unmount()
})

describe('U16 by default a query', () => {
  test.each([401, 403])('that was answered %i is not tried again', async (code) => {
    const { api, observe } = await queryingApp()
    // The one that auth.fetch makes after a renewal is not a retry of the query's.
    api.answer = () => new Response('no', { status: code })
    api.refusal = api.answer
    const observer = observe('orders', { retryDelay: 1 })
    await eventually(() => expect(observer.getCurrentResult().isError).toBe(true))
    expect(observer.getCurrentResult().failureCount).toBe(1)
  })

  test('that nobody is signed in for is not tried again, and is asked for as somebody is', async () => {
    const { client, api, signOut, observe, on, options, world } = await queryingApp()
    await signOut()
    const observer = observe('orders', { retryDelay: 1 })
    await eventually(() => expect(observer.getCurrentResult().isError).toBe(true))
    expect(observer.getCurrentResult()).toMatchObject({
      failureCount: 1,
      error: { code: 'signed_out' },
    })
    expect(api.calls).toEqual([])
    await on.signIn(on.open(options), options)
    await world.until(() => client.getSession().status === 'signed-in')
    await eventually(() => expect(observer.getCurrentResult().data).toEqual({ of: 'user-1' }))
  })

  test('that met what may pass is tried again by Query', async () => {
    const { api, observe } = await queryingApp()
    api.next(
      () => new Response('', { status: 503 }),
      () => Promise.reject(new TypeError('Failed to fetch')),
    )
    const observer = observe('orders', { retryDelay: 1 })
    await eventually(() => expect(observer.getCurrentResult().data).toEqual({ of: 'user-1' }))
    expect(api.calls).toHaveLength(3)
  })

  test('that met a renewal which may succeed later is tried again', async () => {
    const { api, provider, observe, world } = await queryingApp({}, { expiresIn: 60 })
    await world.advance(61_000)
    provider.next('token', status(503, {}, ''))
    const observer = observe('orders', { retryDelay: 1 })
    await eventually(async () => {
      await world.advance(1000)
      expect(observer.getCurrentResult().data).toEqual({ of: 'user-1' })
    })
    expect(api.calls).toHaveLength(1)
  })

  test('follows an application’s own rule where there is one', async () => {
    const { api, observe } = await queryingApp()
    api.answer = () => new Response('no', { status: 403 })
    const observer = observe('orders', { retryDelay: 1, retry: 2 })
    await eventually(() => expect(observer.getCurrentResult().isError).toBe(true))
    expect(api.calls).toHaveLength(3)
  })
})

test.each([
  ['session_expired', false],
  ['signed_out', false],
  ['user_mismatch', false],
  ['network', true],
] as const)('U16 an AuthError %s is retried: %s', (code, isRetried) => {
  const error = new AuthError(code, { message: code })
  const retry = retryUnlessRefused(2)
  expect([retry(0, error), retry(1, error), retry(2, error)]).toEqual([isRetried, isRetried, false])
})

test('U23 in a session that has expired a query on the screen asks for nothing, however often it is due', async () => {
  const app = await queryingApp()
  const observer = app.observe('orders', { refetchInterval: 5 })
  await eventually(() => expect(observer.getCurrentResult().data).toBeDefined())
  await expire(app)
  const [calls, requests] = [app.api.calls.length, app.provider.log.length]
  await new Promise((resolve) => setTimeout(resolve, 60))
  expect(observer.getCurrentResult()).toMatchObject({ data: { of: 'user-1' }, isError: false })
  expect([app.api.calls.length, app.provider.log.length]).toEqual([calls, requests])
  observer.destroy()
})

test('a signal of Query ends the call while the session has expired', async () => {
  const app = await queryingApp()
  await expire(app)
  const abort = new AbortController()
  const call = protectedQueryFn(app.client, `${API}/a`)({ signal: abort.signal })
  const ended = call.catch((error: unknown) => error)
  abort.abort()
  expect(await ended).toMatchObject({ name: 'AbortError' })
})
