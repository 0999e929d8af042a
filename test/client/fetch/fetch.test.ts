import { describe, expect, test } from 'vitest'
import { status } from '../../../src/testing/provider/behaviours.ts'
import { failure, outcome } from '../../support/outcomes.ts'
import { API, callingApp, TestApi } from './setup.ts'
import { appDevice } from '../setup.ts'

describe('auth.fetch sends what fetch would send, with a token', () => {
  test.each<[name: string, input: () => RequestInfo | URL, init?: RequestInit]>([
    ['a string', () => `${API}/orders`],
    ['a URL', () => new URL(`${API}/orders`)],
    ['a Request', () => new Request(`${API}/orders`)],
    ['a path of the page', () => '//api.example/v1/orders'],
  ])('A-25 for %s', async (_, input, init) => {
    const { client, api, own } = await callingApp()
    const response = await client.fetch(input(), init)
    expect(response.status).toBe(200)
    expect(api.calls).toMatchObject([{ url: `${API}/orders`, method: 'GET', authorization: own }])
  })

  test.each<[name: string, input: () => RequestInfo, init: () => RequestInit | undefined]>([
    ['text', () => `${API}/a`, () => ({ method: 'POST', body: 'body' })],
    ['bytes', () => `${API}/a`, () => ({ method: 'PUT', body: new TextEncoder().encode('body') })],
    ['a Blob', () => `${API}/a`, () => ({ method: 'POST', body: new Blob(['body']) })],
    ['a Request', () => new Request(`${API}/a`, { method: 'POST', body: 'body' }), () => undefined],
    [
      'a Request whose body is replaced',
      () => new Request(`${API}/a`, { method: 'POST', body: 'other' }),
      () => ({ body: 'body' }),
    ],
    [
      'a stream',
      () => `${API}/a`,
      () => ({ method: 'POST', body: new Blob(['body']).stream(), duplex: 'half' }) as RequestInit,
    ],
  ])('the body of %s', async (_, input, init) => {
    const { client, api } = await callingApp()
    expect(await (await client.fetch(input(), init())).text()).toBe('got body')
    expect(api.calls).toMatchObject([{ body: 'body' }])
  })

  test('headers, method, keepalive, redirect and credentials of the caller', async () => {
    const { client, api } = await callingApp()
    const init: RequestInit = {
      ...{ method: 'DELETE', headers: { 'x-one': '1' }, keepalive: true },
      ...{ redirect: 'error', credentials: 'omit', cache: 'no-store' },
    }
    await client.fetch(`${API}/a`, init)
    const { request } = api.calls[0]!
    expect(request).toMatchObject({ method: 'DELETE', keepalive: true, redirect: 'error' })
    expect(request).toMatchObject({ credentials: 'omit', cache: 'no-store' })
    expect(request.headers.get('x-one')).toBe('1')
  })

  test('the body as it was at the call, whatever the caller does to it afterwards', async () => {
    const { client, api } = await callingApp()
    const form = new URLSearchParams({ a: '1' })
    const call = client.fetch(`${API}/a`, { method: 'POST', body: form })
    await Promise.resolve()
    await call
    form.set('a', '2')
    expect(api.calls).toMatchObject([{ body: 'a=1' }])
  })

  test('A-24 the token in the Authorization header, and nowhere else', async () => {
    const { client, api, own } = await callingApp()
    await client.fetch(`${API}/a?b=c`, { method: 'POST', body: 'd' })
    const [{ url, body, request }] = api.calls as [(typeof api.calls)[number]]
    const token = own.slice('Bearer '.length)
    const others = [...request.headers].filter(([name]) => name !== 'authorization')
    expect(JSON.stringify([url, body, others])).not.toContain(token)
  })

  test('without any request or message of its own while the token is warm', async () => {
    const { client, api, provider, tab } = await callingApp()
    const before = provider.log.length
    tab.muted = true
    for (let i = 0; i < 5; i++) await client.fetch(`${API}/${i}`)
    expect(api.calls).toHaveLength(5)
    expect(provider.log.length).toBe(before)
  })

  test('after one refresh where the token is over', async () => {
    const { client, api, own, world, on } = await callingApp({}, { expiresIn: 60 })
    await world.advance(61_000)
    const before = on.tokenRequests()
    const calls = Array.from({ length: 10 }, () => client.fetch(`${API}/a`))
    await world.until(() => api.calls.length === 10)
    await Promise.all(calls)
    expect(on.tokenRequests()).toBe(before + 1)
    expect(new Set(api.tokens).size).toBe(1)
    expect(api.tokens).not.toContain(own)
  })
})

describe('auth.fetch refuses', () => {
  test.each<[name: string, url: string]>([
    ['another origin', 'https://evil.example/v1/orders'],
    ['another scheme', 'http://api.example/v1/orders'],
    ['another port', 'https://api.example:8443/v1/orders'],
    ['a host that only begins so', 'https://api.example.evil.example/v1/orders'],
    ['a name of a user that looks so', 'https://api.example%2Fv1@evil.example/'],
    ['another path', 'https://api.example/v2/orders'],
    ['a path that only begins so', 'https://api.example/v10'],
    ['a path that leaves', 'https://api.example/v1/../v2'],
    ['a path that leaves when it is decoded', 'https://api.example/v1/..%2fv2'],
    ['a path that leaves when it is decoded twice', 'https://api.example/v1/%252e%252e%252fv2'],
    ['a path that leaves behind parameters', 'https://api.example/v1/..;/v2'],
    ['a path of the page', '/v1/orders'],
  ])('A-25 %s, and sends nothing', async (_, url) => {
    const { client, api, provider } = await callingApp()
    const before = provider.log.length
    await expect(client.fetch(url)).rejects.toThrow(TypeError)
    // Node makes no Request of a URL with a name in it.
    const absolute = new URL(url, 'https://app.example/')
    absolute.username = ''
    await expect(client.fetch(new Request(absolute))).rejects.toThrow(/`protectedResources`/)
    expect(api.calls).toEqual([])
    expect(provider.log.length).toBe(before)
  })

  test.each<[name: string, input: () => RequestInfo, init?: RequestInit]>([
    ['a header of its own', () => `${API}/a`, { headers: { authorization: 'Bearer x' } }],
    ['a request that takes no header along', () => `${API}/a`, { mode: 'no-cors' }],
    ['a URL with a name and password', () => 'https://u:p@api.example/v1/a'],
    ['a method that fetch refuses', () => `${API}/a`, { method: 'TRACE' }],
    ['what is no URL', () => 'https://['],
  ])('%s with a TypeError', async (_, input, init) => {
    const { client, api } = await callingApp()
    await expect(client.fetch(input(), init)).rejects.toThrow(TypeError)
    expect(api.calls).toEqual([])
  })

  test('a Request that was used', async () => {
    const { client, api } = await callingApp()
    const request = new Request(`${API}/a`, { method: 'POST', body: 'once' })
    await client.fetch(request)
    await expect(client.fetch(request)).rejects.toThrow(TypeError)
    expect(request.bodyUsed).toBe(true)
    expect(api.calls).toHaveLength(1)
  })

  test('to be called by the fetch that it calls', async () => {
    const { client, tab } = await callingApp()
    let rounds = 0
    const send = (request: Request, init: RequestInit) => {
      rounds++
      return client.fetch(request, init)
    }
    Object.assign(tab.env.requests!, { send })
    await expect(client.fetch(`${API}/a`)).rejects.toThrow(TypeError)
    expect(rounds).toBe(1)
  })
})

describe('a longer prefix', () => {
  test('W10 counts before a shorter one, each with the token for its resource and scope', async () => {
    const protectedResources = [
      { url: API, resource: 'https://api.example/' },
      { url: `${API}/admin/`, resource: 'https://admin.example/', scope: 'admin' },
    ]
    const { client, api, world, provider } = await callingApp({ protectedResources })
    const calls = [client.fetch(`${API}/orders`), client.fetch(`${API}/admin/users`)]
    await world.until(() => api.calls.length === 2)
    await Promise.all(calls)
    expect(new Set(api.tokens).size).toBe(2)
    const asked = provider.requests('token').map(({ parameters }) => parameters.get('resource'))
    expect(new Set(asked.slice(-2))).toEqual(
      new Set(['https://admin.example/', 'https://api.example/']),
    )
  })
})

describe('the session', () => {
  test('U17 is waited for while it is restored', async () => {
    const { client, on, api, options, own } = await callingApp()
    expect(client.getSession().status).toBe('signed-in')
    const fresh = on.open(options)
    fresh.tab.muted = true
    const call = fresh.client.fetch(`${API}/a`)
    await on.world.settle()
    expect(api.calls).toEqual([])
    fresh.tab.unmute()
    await on.world.settle()
    expect((await call).status).toBe(200)
    expect(api.tokens).toEqual([own])
  })

  test('U17 is waited for while its sign-in is on the way back', async () => {
    const options = { protectedResources: [API] }
    const on = await appDevice()
    const api = new TestApi(on.world)
    const { tab, client } = on.open(options)
    await client.signIn()
    const back = on.back(tab, on.answer(tab), options)
    const call = back.client.fetch(`${API}/a`)
    expect(back.client.getSession().status).toBe('signing-in')
    await on.world.until(() => api.calls.length > 0)
    expect((await call).status).toBe(200)
  })

  test('U21 that is not there is a typed refusal, and nothing is sent', async () => {
    const on = await appDevice()
    const api = new TestApi(on.world)
    const { client } = on.open({ protectedResources: [API] })
    expect((await failure(client.fetch(`${API}/a`))).code).toBe('signed_out')
    expect(api.calls).toEqual([])
  })

  test('U19 U20 that ends while the answer is on its way ends the call, which is told why', async () => {
    const { client, api, world } = await callingApp()
    let answer!: (response: Response) => void
    api.next(() => new Promise((resolve) => (answer = resolve)))
    const call = outcome(client.fetch(`${API}/a`))
    await world.until(() => api.calls.length > 0)
    const out = client.signOut({ provider: false })
    await world.settle()
    await out
    expect(await call).toMatchObject({ error: { code: 'signed_out' } })
    expect(api.calls[0]!.request.signal.aborted).toBe(true)
    answer(new Response('late'))
    await world.settle()
  })

  test('U19 U20 that ends while a body is being read ends that, too', async () => {
    const { client, api, world } = await callingApp()
    const body = new ReadableStream({ start: (stream) => stream.enqueue(new Uint8Array(9)) })
    // As a network does: what aborts a request aborts its body.
    api.next(({ request }) => new Response(body.pipeThrough(new TransformStream(), request)))
    const reader = (await client.fetch(`${API}/a`)).body!.getReader()
    await reader.read()
    const rest = outcome(reader.read())
    const out = client.signOut({ provider: false })
    await world.settle()
    await out
    expect(await rest).toMatchObject({ error: { code: 'signed_out' } })
  })

  test('U20 of another user takes no call over that was made for the one before', async () => {
    const { client, api, world, on, tab, provider, options } = await callingApp()
    api.next(() => new Promise(() => {}))
    const call = outcome(client.fetch(`${API}/a`))
    await world.until(() => api.calls.length > 0)
    provider.options.subject = 'user-2'
    await on.signIn(on.open(options, { cloneOf: tab }), options)
    await world.until(
      () => client.getSession().status !== 'signed-in' || subject(client) === 'user-2',
    )
    expect(await call).toMatchObject({ error: { name: 'AuthError' } })
    expect(api.calls[0]!.request.signal.aborted).toBe(true)
  })

  test('U23 that expires ends no call that is on its way', async () => {
    const { client, api, world, provider } = await callingApp({}, { expiresIn: 60 })
    let answer!: (response: Response) => void
    api.next(() => new Promise((resolve) => (answer = resolve)))
    const call = client.fetch(`${API}/a`)
    await world.until(() => api.calls.length > 0)
    provider.next('token', status(400, {}, '{"error":"invalid_grant"}'))
    const token = outcome(client.getAccessToken({ forceRefresh: true }))
    await world.until(() => client.getSession().status === 'expired')
    await token
    answer(new Response('in time'))
    expect(await (await call).text()).toBe('in time')
  })
})

describe('a signal', () => {
  test('T-13 ends one call with its reason, as fetch does, and no other', async () => {
    const { client, api, world, on } = await callingApp({}, { expiresIn: 60 })
    await world.advance(61_000)
    const before = on.tokenRequests()
    const abort = new AbortController()
    const ended = outcome(client.fetch(`${API}/a`, { signal: abort.signal }))
    const others = Array.from({ length: 4 }, () => client.fetch(`${API}/a`))
    const reason = new Error('enough')
    abort.abort(reason)
    await world.until(() => api.calls.length === 4)
    expect(await ended).toEqual({ error: reason })
    expect((await Promise.all(others)).map(({ status }) => status)).toEqual([200, 200, 200, 200])
    expect(on.tokenRequests()).toBe(before + 1)
  })

  test('that is aborted already sends nothing', async () => {
    const { client, api } = await callingApp()
    const error = await client
      .fetch(`${API}/a`, { signal: AbortSignal.abort() })
      .catch((e: unknown) => e)
    expect(error).toMatchObject({ name: 'AbortError' })
    expect(api.calls).toEqual([])
  })

  test('of a Request ends the call while its answer is on its way', async () => {
    const { client, api, world } = await callingApp()
    api.next(() => new Promise(() => {}))
    const abort = new AbortController()
    const call = outcome(client.fetch(new Request(`${API}/a`, { signal: abort.signal })))
    await world.until(() => api.calls.length > 0)
    abort.abort()
    expect(await call).toMatchObject({ error: { name: 'AbortError' } })
  })
})

function subject(client: { getSession(): unknown }): unknown {
  return (client.getSession() as { subject?: string }).subject
}
