import { describe, expect, test } from 'vitest'
import { createBff } from '../../../src/bff/create-bff.ts'
import type { ProxyRoute } from '../../../src/bff/options.ts'
import { behaviours, status } from '../../../src/testing/provider/behaviours.ts'
import { problemOf, setUp, type SetupOptions } from '../setup.ts'

const API = 'https://api.example/v1'

interface Seen {
  url: string
  method: string
  headers: Headers
  body: string
}

async function proxied(
  route: Partial<ProxyRoute> = {},
  answer: (seen: Seen, request: Request) => Response | Promise<Response> = () => Response.json({}),
  given: SetupOptions = {},
) {
  const seen: Seen[] = []
  const setup = await setUp({
    ...given,
    provider: { expiresIn: 300, ...given.provider },
    options: { proxy: [{ name: 'orders', upstream: API, ...route }], ...given.options },
    upstream: async (request) => {
      const { url, method, headers } = request
      const one = { url, method, headers, body: await request.text() }
      seen.push(one)
      return answer(one, request)
    },
  })
  const user = setup.browser()
  await user.signIn()
  return { ...setup, user, seen }
}

describe('a proxied call', () => {
  test('B-15 goes to the upstream with the access token and without our cookies', async () => {
    const { user, seen, provider } = await proxied({}, () => Response.json({ total: 3 }))
    const response = await user.call('/bff/api/orders/open?page=2&x=%2F', {
      method: 'POST',
      body: '{"a":1}',
      headers: { 'content-type': 'application/json', 'content-length': '7' },
    })
    expect([response.status, await response.json()]).toEqual([200, { total: 3 }])
    expect(seen).toHaveLength(1)
    const { url, method, headers, body } = seen[0]!
    expect([url, method, body]).toEqual([`${API}/open?page=2&x=%2F`, 'POST', '{"a":1}'])
    const [token] = [...provider.accessTokens.keys()]
    expect(headers.get('authorization')).toBe(`Bearer ${token}`)
    expect(headers.get('cookie')).toBeNull()
    expect(headers.get('content-type')).toBe('application/json')
  })

  test('B-16 passes on nothing that a client could pretend with', async () => {
    const { user, seen } = await proxied()
    const spoofed = {
      authorization: 'Bearer mine',
      dpop: 'proof',
      forwarded: 'for=1.1.1.1',
      'x-forwarded-for': '1.1.1.1',
      'x-forwarded-host': 'evil.example',
      'x-real-ip': '1.1.1.1',
      'proxy-authorization': 'Basic x',
      'x-csrf': '1',
      connection: 'if-none-match, keep-alive',
      'if-none-match': '"a"',
      'keep-alive': '5',
      te: 'trailers',
      'x-internal-user': 'admin',
      accept: 'application/json',
    }
    await user.call('/bff/api/orders', { headers: spoofed })
    const headers = Object.fromEntries(seen[0]!.headers)
    delete headers['authorization']
    expect(headers).toEqual({
      accept: 'application/json',
      'x-forwarded-host': 'app.example',
      'x-forwarded-proto': 'https',
    })
  })

  test('B-17 brings back nothing that is the backend’s to say', async () => {
    const { user } = await proxied({ responseHeaders: ['x-version'] }, () => {
      const response = new Response('{}', {
        headers: {
          'content-type': 'application/json',
          etag: '"a"',
          'x-version': '3',
          'access-control-allow-origin': '*',
          'access-control-allow-credentials': 'true',
          'clear-site-data': '"cookies"',
          connection: 'etag-x',
          'keep-alive': '5',
          'transfer-encoding': 'chunked',
          'content-encoding': 'gzip',
          'content-length': '999',
          'cache-control': 'public, max-age=60',
          server: 'secret/1.0',
        },
      })
      response.headers.append('set-cookie', '__Host-Http-app=planted; Path=/')
      return response
    })
    const response = await user.call('/bff/api/orders')
    expect(Object.fromEntries(response.headers)).toEqual({
      'content-type': 'application/json',
      etag: '"a"',
      'x-version': '3',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    })
  })

  test('may be cached where the route says so, for this cookie alone', async () => {
    const cached = () =>
      new Response('{}', { headers: { 'cache-control': 'max-age=60', vary: 'accept' } })
    const { user } = await proxied({ cache: true }, cached)
    const response = await user.call('/bff/api/orders')
    expect(response.headers.get('cache-control')).toBe('max-age=60')
    expect(response.headers.get('vary')).toBe('accept, Cookie')
  })

  test.each([
    '/bff/api/orders/%2e%2e%2fadmin',
    '/bff/api/orders/..%2fadmin',
    '/bff/api/orders/..%5cadmin',
    '/bff/api/orders/%252e%252e/admin',
    '/bff/api/orders/%25252e%25252e/admin',
    '/bff/api/orders/..;/admin',
    '/bff/api/orders/..;a=b/admin',
    '/bff/api/orders/.;/admin',
    '/bff/api/orders/..%3b/admin',
    '/bff/api/orders/%252e%252e%253bx/admin',
    '/bff/api/orders/a%25/%252e%252e/admin',
    '/bff/api/orders/a%25/%252fadmin',
    '/bff/api/orders/%25zz%250d%250a',
    '/bff/api/orders/a%2fb',
    '/bff/api/orders/a%252fb',
    '/bff/api/orders/a%5cb',
    '/bff/api/orders/a%00b',
    '/bff/api/orders/a%0d%0ab',
    '/bff/api/orders/a%7fb',
    '/bff/api/orders//evil.example',
    '/bff/api/orders///evil.example/',
    '/bff/api/orders/%2f%2fevil.example',
    '/bff/api/orders/%zz',
    String.raw`/bff/api/orders/\evil.example`,
  ])('B-14 with the path %s goes nowhere', async (path) => {
    const { user, seen } = await proxied()
    const response = await user.call(path)
    if (path.includes('\\')) {
      // A URL takes a backslash for a slash: what is left of it is a plain path, or none of ours.
      expect(seen.every(({ url }) => url.startsWith(`${API}/`))).toBe(true)
      return
    }
    expect(await problemOf(response)).toMatchObject({ code: 'forbidden_upstream', status: 403 })
    expect(seen).toEqual([])
  })

  test.each([
    '/bff/api/orders/../admin',
    '/bff/api/orders/%2e%2e/admin',
    '/bff/api/orders/.%2E/../../x',
    '/bff/api/other',
    '/bff/api/ordersx',
    '/bff/api/',
    '/bff/api/__proto__',
  ])('B-14 to %s is for no route', async (path) => {
    const { user, seen, bff } = await proxied()
    const response = await bff.handle(
      new Request(`https://app.example${path}`, {
        headers: { 'x-csrf': '1', cookie: user.cookie },
      }),
    )
    expect(response === null || response.status === 404).toBe(true)
    expect(seen).toEqual([])
  })

  test.each([
    ['/bff/api/orders', API],
    ['/bff/api/orders/', `${API}/`],
    ['/bff/api/orders?x=1', `${API}?x=1`],
    ['/bff/api/orders/a%20b/c:d@e', `${API}/a%20b/c:d@e`],
    ['/bff/api/orders/a//b', `${API}/a//b`],
    ['/bff/api/orders/50%25', `${API}/50%25`],
    ['/bff/api/orders/50%25/x;v=1/a..;b', `${API}/50%25/x;v=1/a..;b`],
    ['/bff/api/orders/%C3%A4', `${API}/%C3%A4`],
    ['/bff/api/orders/x?u=../..&v=//evil', `${API}/x?u=../..&v=//evil`],
  ])('B-14 to %s goes to %s', async (path, target) => {
    const { user, seen } = await proxied()
    await user.call(path)
    expect(seen.map(({ url }) => url)).toEqual([target])
  })

  test('B-14 with a method that is not listed is refused', async () => {
    const { user, seen } = await proxied({ methods: ['GET'] })
    const response = await user.call('/bff/api/orders', { method: 'DELETE' })
    expect(await problemOf(response)).toMatchObject({ code: 'method_not_allowed', status: 405 })
    expect(response.headers.get('allow')).toBe('GET')
    expect(seen).toEqual([])
  })

  test('B-08 B-28 of another page, or of nobody, does not reach the upstream', async () => {
    const { user, seen, browser } = await proxied()
    const foreign = await user.send('/bff/api/orders')
    expect((await problemOf(foreign)).code).toBe('csrf_rejected')
    const nobody = await browser().call('/bff/api/orders')
    expect(await problemOf(nobody)).toMatchObject({ code: 'not_authenticated', status: 401 })
    expect(seen).toEqual([])
  })

  test.each([
    ['optional', 1, 'Bearer'],
    ['none', 1, undefined],
  ] as const)('with token %s goes on for anybody', async (token, count, scheme) => {
    const { user, seen, browser } = await proxied({ token })
    await browser().call('/bff/api/orders')
    expect(seen).toHaveLength(count)
    expect(seen[0]!.headers.has('authorization')).toBe(false)
    await user.call('/bff/api/orders')
    expect(seen[1]!.headers.get('authorization')?.split(' ')[0]).toBe(scheme)
  })

  test('takes the token of its resource and scope', async () => {
    const { user, seen, provider } = await proxied({
      resource: 'https://api.example',
      scope: 'orders',
    })
    await user.call('/bff/api/orders')
    const request = provider.requests('token').at(-1)!.parameters
    expect([request.get('resource'), request.get('scope')]).toEqual([
      'https://api.example',
      'orders',
    ])
    const newest = [...provider.accessTokens.keys()].at(-1)
    expect(seen[0]!.headers.get('authorization')).toBe(`Bearer ${newest}`)
  })

  test.each([
    ['https://api.example/v1/there?x=1', '/bff/api/orders/there?x=1'],
    ['/v1/there', '/bff/api/orders/there'],
    ['there', '/bff/api/orders/there'],
    ['/v1', '/bff/api/orders'],
  ])(
    'B-18 that is redirected to %s is not followed, and the page is sent to %s',
    async (to, here) => {
      const { user, seen } = await proxied(
        {},
        () => new Response(null, { status: 307, headers: { location: to } }),
      )
      const response = await user.call('/bff/api/orders/from')
      expect([response.status, response.headers.get('location')]).toEqual([307, here])
      expect(seen).toHaveLength(1)
    },
  )

  test.each([
    'https://evil.example/',
    '//evil.example/v1/',
    '/v2/',
    '/v1x/',
    '/',
    'https://api.example:8443/v1/',
    'javascript:alert(1)',
  ])('B-18 that is redirected to %s ends here', async (location) => {
    const { user, seen } = await proxied(
      {},
      () => new Response(null, { status: 302, headers: { location } }),
    )
    const response = await user.call('/bff/api/orders/from')
    expect((await problemOf(response)).code).toBe('forbidden_upstream')
    expect(seen).toHaveLength(1)
  })

  test.each([204, 304, 404, 422, 500, 503])(
    'brings back the status %i of the upstream',
    async (code) => {
      const { user } = await proxied(
        {},
        () => new Response(code === 204 || code === 304 ? null : 'x', { status: code }),
      )
      expect((await user.call('/bff/api/orders')).status).toBe(code)
    },
  )

  test.each([101, 199, 600, 999])(
    'whose upstream answers with a status that is none, %i, says that it is away',
    async (code) => {
      const { user, events } = await proxied({}, () => {
        const odd = new Response('x')
        return Object.defineProperty(odd, 'status', { value: code })
      })
      const response = await user.call('/bff/api/orders')
      expect(await problemOf(response)).toMatchObject({ code: 'upstream_unavailable', status: 502 })
      expect(events.filter(({ type }) => type === 'unexpected-error')).toEqual([])
    },
  )

  test('whose upstream is away, or late, says so', async () => {
    const away = await proxied({}, () =>
      Promise.reject(new TypeError('connect ECONNREFUSED 10.0.0.1')),
    )
    const response = await away.user.call('/bff/api/orders')
    const text = await response.clone().text()
    expect(await problemOf(response)).toMatchObject({ code: 'upstream_unavailable', status: 502 })
    expect(text).not.toContain('10.0.0.1')
    const late = await proxied(
      { timeoutMs: 30 },
      (_, request) =>
        new Promise((_resolve, reject) => {
          const abort = () => reject(new Error('aborted'))
          // Thirty milliseconds may have passed before it is called.
          if (request.signal.aborted) abort()
          request.signal.addEventListener('abort', abort)
        }),
    )
    const problem = await problemOf(await late.user.call('/bff/api/orders'))
    expect(problem).toMatchObject({ code: 'upstream_timeout', status: 504 })
  })
})

describe('an upstream that answers 401', () => {
  const refuseFirst = (count = 1) => {
    let refused = 0
    return () =>
      refused++ < count ? new Response('no', { status: 401 }) : Response.json({ ok: true })
  }

  test('is called once more, with a new token and the same body', async () => {
    const { user, seen, provider, advance } = await proxied({}, refuseFirst())
    advance(2000)
    const response = await user.call('/bff/api/orders', {
      ...{ method: 'POST', body: 'abc', headers: { 'content-length': '3' } },
    })
    expect([response.status, await response.json()]).toEqual([200, { ok: true }])
    expect(seen.map(({ body }) => body)).toEqual(['abc', 'abc'])
    const tokens = seen.map(({ headers }) => headers.get('authorization'))
    expect(new Set(tokens).size).toBe(2)
    expect(provider.requests('token')).toHaveLength(2)
  })

  test('causes one refresh, however many calls it refuses', async () => {
    const { user, provider, advance } = await proxied({}, refuseFirst(10))
    advance(2000)
    const responses = await Promise.all(
      Array.from({ length: 10 }, () => user.call('/bff/api/orders')),
    )
    expect(responses.map(({ status }) => status)).toEqual(Array(10).fill(200))
    expect(provider.requests('token')).toHaveLength(2)
  })

  test('again is believed', async () => {
    const { user, seen, advance } = await proxied({}, () => new Response('no', { status: 401 }))
    advance(2000)
    const response = await user.call('/bff/api/orders')
    expect([response.status, await response.text()]).toEqual([401, 'no'])
    expect(seen).toHaveLength(2)
    expect(await user.sessionAnswer()).toMatchObject({ authenticated: true })
  })

  const STEP_UP = 'Bearer error="insufficient_user_authentication", acr_values="mfa", max_age=60'

  test.each<[challenge: string, passes: boolean, calls: number]>([
    [STEP_UP, true, 1],
    ['Bearer error="insufficient_scope", scope="orders"', true, 1],
    ['Bearer error="invalid_token"', true, 2],
    ['Bearer realm="orders"', true, 2],
    ['DPoP algs="ES256", error="insufficient_scope"', true, 1],
    // With these a browser would ask the user for a password.
    ['Basic realm="orders"', false, 2],
    [`${STEP_UP}, Basic realm="orders"`, false, 1],
    ['Negotiate', false, 2],
  ])(
    'T-31 with %j: the page reads it (%s), and there are %i calls',
    async (challenge, passes, calls) => {
      const headers = { 'www-authenticate': challenge }
      const { user, seen, provider, advance } = await proxied(
        {},
        () => new Response('no', { status: 401, headers }),
      )
      advance(2000)
      const response = await user.call('/bff/api/orders')
      expect(response.status).toBe(401)
      expect(response.headers.get('www-authenticate')).toBe(passes ? challenge : null)
      expect(seen).toHaveLength(calls)
      expect(provider.requests('token')).toHaveLength(calls)
    },
  )

  test('to a long body is believed, and the next call has a new token', async () => {
    const { user, seen, advance } = await proxied({}, refuseFirst())
    advance(2000)
    const body = 'x'.repeat(70_000)
    const headers = { 'content-length': String(body.length) }
    expect((await user.call('/bff/api/orders', { method: 'POST', body, headers })).status).toBe(401)
    expect((await user.call('/bff/api/orders')).status).toBe(200)
    const tokens = seen.map(({ headers }) => headers.get('authorization'))
    expect(new Set(tokens).size).toBe(2)
  })
})

describe('B-27 a proxied call while the provider is away', () => {
  test('goes on with a token that holds, and is 503 with Retry-After without one', async () => {
    const { user, seen, provider, advance } = await proxied()
    provider.always('token', status(503, { 'retry-after': '5' }))
    advance(295_000)
    expect((await user.call('/bff/api/orders')).status).toBe(200)
    await expect.poll(() => provider.requests('token').length).toBe(2)
    advance(10_000)
    const response = await user.call('/bff/api/orders')
    expect(await problemOf(response)).toMatchObject({ code: 'provider_unavailable', status: 503 })
    expect(response.headers.get('retry-after')).toBe('5')
    expect(seen).toHaveLength(1)
    provider.always('token', behaviours.offline)
  })
})

describe('the option proxy', () => {
  test.each<[string, object]>([
    ['a name with a slash', { name: 'a/b', upstream: API }],
    ['no name', { upstream: API }],
    ['an upstream that is no URL', { name: 'a', upstream: '/v1' }],
    ['a public upstream over http', { name: 'a', upstream: 'http://api.example' }],
    ['a public address over http', { name: 'a', upstream: 'http://[2001:db8::1]' }],
    ['an upstream with a query', { name: 'a', upstream: `${API}?x` }],
    ['an upstream with a user', { name: 'a', upstream: 'https://u:p@api.example' }],
    ['methods that are none', { name: 'a', upstream: API, methods: 'GET' }],
    ['another word for token', { name: 'a', upstream: API, token: 'maybe' }],
    ['a timeout of nothing', { name: 'a', upstream: API, timeoutMs: 0 }],
    ['cookies as a request header', { name: 'a', upstream: API, requestHeaders: ['Cookie'] }],
    [
      'credentials as a request header',
      { name: 'a', upstream: API, requestHeaders: ['authorization'] },
    ],
    [
      'Set-Cookie as a response header',
      { name: 'a', upstream: API, responseHeaders: ['Set-Cookie'] },
    ],
    [
      'CORS as response headers',
      { name: 'a', upstream: API, responseHeaders: ['Access-Control-Allow-Origin'] },
    ],
    [
      'a coding that is taken off as a response header',
      { name: 'a', upstream: API, responseHeaders: ['Content-Encoding'] },
    ],
    [
      'codings that nobody takes off as a request header',
      { name: 'a', upstream: API, requestHeaders: ['Accept-Encoding'] },
    ],
    [
      'an address of the upstream as a response header',
      { name: 'a', upstream: API, responseHeaders: ['location'] },
    ],
    ['an upstream with a password', { name: 'a', upstream: 'https://:p@api.example' }],
  ])('B-06 refuses %s', async (_, route) => {
    const { options } = await setUp()
    expect(() => createBff({ ...options, proxy: [route as ProxyRoute] })).toThrow(
      /createBff: proxy: /,
    )
  })

  test('B-06 refuses two routes of one name', async () => {
    const { options } = await setUp()
    const route = { name: 'a', upstream: API }
    expect(() => createBff({ ...options, proxy: [route, route] })).toThrow(/each name/)
  })
})
