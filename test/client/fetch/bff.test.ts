import { describe, expect, test } from 'vitest'
import type { BffClientOptions } from '../../../src/client/options/bff-options.ts'
import { problem, type TestBffOptions } from '../../../src/testing/bff/test-bff.ts'
import { failure, outcome } from '../../support/outcomes.ts'
import { bffApps } from '../modes/bff-device.ts'
import '../lazy.ts'

const ORDERS = 'https://api.example/v1'

/** A signed-in app whose backend calls one API for it, and what arrived there. */
async function proxiedApp(
  options: Partial<TestBffOptions> = {},
  given: Partial<BffClientOptions> = {
    protectedResources: [{ url: ORDERS, bff: 'orders' }, 'https://direct.example/'],
  },
) {
  const on = bffApps({ mediated: false, ...options })
  const signedIn = await on.signedIn()
  signedIn.client.stop()
  const app = await on.settled(
    on.open(on.world.navigate(signedIn.tab, 'https://app.example/'), given),
  )
  const bodies: string[] = []
  const direct: Request[] = []
  const { fetch } = on.world.network
  on.world.network.fetch = async (url, init) => {
    if (!url.startsWith('https://app.example/bff/api/')) {
      if (!url.startsWith('https://direct.example/')) return fetch(url, init)
      direct.push(init as Request)
      return new Response('direct')
    }
    const request = init as Request
    bodies.push(await request.clone().text())
    return fetch(url, init)
  }
  const api = () => on.bff.requests('api')
  return { ...app, ...on, api, bodies, direct }
}

async function ended<T>(world: { until(holds: () => boolean): Promise<void> }, call: Promise<T>) {
  let over = false
  void outcome(call).then(() => (over = true))
  await world.until(() => over)
  return call
}

describe('auth.fetch behind a backend', () => {
  test.each<[name: string, input: () => RequestInfo, init?: RequestInit]>([
    ['its own URL', () => `${ORDERS}/a/b?c=d#e`],
    ['a Request', () => new Request(`${ORDERS}/a/b?c=d`)],
    ['the backend’s path', () => '/bff/api/orders/a/b?c=d'],
  ])('calls a resource through it by %s', async (_, input, init) => {
    const { client, bff, api } = await proxiedApp()
    expect(await (await client.fetch(input(), init)).json()).toMatchObject({ sub: 'user-1' })
    const [{ url, headers, init: sent }] = api() as [ReturnType<typeof api>[number]]
    expect(url.replace('#e', '')).toBe('https://app.example/bff/api/orders/a/b?c=d')
    expect(headers.get('x-csrf')).toBe('1')
    expect(headers.get('x-session')).toBe(bff.session!.name)
    expect(headers.has('authorization')).toBe(false)
    expect(sent.credentials).toBe('include')
  })

  test.each<[name: string, input: () => RequestInfo, init?: RequestInit]>([
    ['of a call', () => `${ORDERS}/a`, { method: 'POST', body: 'body' }],
    ['of a Request', () => new Request(`${ORDERS}/a`, { method: 'POST', body: 'body' })],
    [
      'of a Request of the backend’s',
      () => new Request('https://app.example/bff/api/orders/a', { method: 'PUT', body: 'body' }),
    ],
  ])('takes the body %s along, with its headers', async (_, input, init) => {
    const { client, api, bodies } = await proxiedApp()
    await client.fetch(input(), { ...init, headers: { 'content-type': 'text/x-one' } })
    expect(bodies).toEqual(['body'])
    expect(api()[0]!.headers.get('content-type')).toBe('text/x-one')
  })

  test('A-26 adds no secret in a header of its own', async () => {
    const { client, api, bff } = await proxiedApp({ mediated: true })
    await client.fetch(`${ORDERS}/a`)
    const sent = JSON.stringify([...api()[0]!.headers])
    for (const secret of bff.secrets) expect(sent).not.toContain(secret)
  })

  test('says so where the backend gives the page no token for a resource', async () => {
    const { client, direct } = await proxiedApp()
    expect((await failure(client.fetch('https://direct.example/a'))).code).toBe('token_not_in_page')
    expect(direct).toEqual([])
  })

  test('calls a resource with a token in mediated mode', async () => {
    const { client, direct } = await proxiedApp({ mediated: true })
    expect(await (await client.fetch('https://direct.example/a')).text()).toBe('direct')
    expect(direct[0]!.headers.get('authorization')).toMatch(/^Bearer access-token-/)
    expect(direct[0]!.headers.has('x-csrf')).toBe(false)
  })

  test('A-25 refuses the backend’s other paths, and those of the API that leave it', async () => {
    const { client, api } = await proxiedApp()
    for (const url of ['/bff/session', '/bff/api/../session', '/bff/api/..%2fsession', '/other']) {
      await expect(client.fetch(url)).rejects.toThrow('`protectedResources`')
    }
    expect(api()).toEqual([])
  })
})

describe('what the backend refuses', () => {
  test('T-30 a token that is over is renewed by the page where it must, and the call made again', async () => {
    const { client, bff, api, world, bodies } = await proxiedApp({ stateless: true })
    bff.next('api', () => problem('token_expired'))
    bff.next('session', (act) => {
      bff.session!.tokens.clear()
      return act()
    })
    const calls = Array.from({ length: 3 }, () =>
      client.fetch(`${ORDERS}/a`, { method: 'POST', body: 'x' }),
    )
    const responses = await ended(world, Promise.all(calls))
    expect(responses.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(bff.requests('refresh').length).toBeLessThanOrEqual(1)
    expect(bodies).toEqual(['x', 'x', 'x', 'x'])
    expect(api()).toHaveLength(4)
  })

  test('U20 a session that is another user’s by now is not used', async () => {
    const { client, bff, api, world } = await proxiedApp()
    bff.signIn({ sub: 'user-2' })
    const call = client.fetch(`${ORDERS}/a`)
    call.catch(() => {})
    expect((await failure(ended(world, call))).code).toBe('user_mismatch')
    expect(api()).toHaveLength(1)
    expect(client.getSession()).toMatchObject({ status: 'signed-in', subject: 'user-2' })
  })

  test('another session of the same user answers the call', async () => {
    const { client, bff, api, world } = await proxiedApp()
    bff.signIn({ sub: 'user-1', name: 'Ada' })
    expect((await ended(world, client.fetch(`${ORDERS}/a`))).status).toBe(200)
    expect(api().map(({ headers }) => headers.get('x-session'))).toEqual(['session-1', 'session-2'])
  })

  test('a session that is over ends the call, and the page learns of it', async () => {
    const { client, bff, world } = await proxiedApp()
    bff.end('session_ended')
    const call = client.fetch(`${ORDERS}/a`)
    call.catch(() => {})
    expect((await failure(ended(world, call))).code).toBe('session_expired')
    expect(client.getSession().status).toBe('expired')
  })

  test.each<[name: string, answer: () => Response]>([
    ['a 401 of the resource', () => new Response('no', { status: 401 })],
    ['a problem of the resource', () => problem('forbidden_upstream')],
    ['HTML of something in front of it', () => new Response('<html>', { status: 401 })],
    [
      'a problem that stops half-way',
      () =>
        new Response('{"code":', {
          status: 401,
          headers: { 'content-type': 'application/problem+json' },
        }),
    ],
  ])('%s is the answer as it is', async (_, answer) => {
    const { client, bff, api, world } = await proxiedApp()
    const sessions = bff.requests('session').length
    bff.next('api', answer)
    const response = await ended(world, client.fetch(`${ORDERS}/a`))
    expect(await response.text()).toBe(await answer().text())
    expect(api()).toHaveLength(1)
    expect(bff.requests('session')).toHaveLength(sessions)
  })
})
