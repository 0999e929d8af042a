import { createServer, type Server } from 'node:http'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { startProvider, type StandInProvider } from '../../demo/provider/index.ts'
import { closeServer, listen, NetworkBrowser } from './node/server.ts'
import { KEY_ONE } from './setup.ts'

interface Example {
  server: Server
}

let provider: StandInProvider
let api: Server
let origin: string
let server: Server | undefined

beforeEach(async () => {
  provider = await startProvider({ autoLogin: 'alice' })
  api = createServer((request, response) => {
    const { url, headers } = request
    response.end(JSON.stringify({ url, authorization: headers.authorization?.split(' ')[0] }))
  })
  const taken = createServer()
  origin = (await listen(taken)).replace('127.0.0.1', 'localhost')
  await closeServer(taken)
  vi.stubEnv('ISSUER', provider.issuer)
  vi.stubEnv('CLIENT_ID', 'spa')
  vi.stubEnv('CLIENT_SECRET', '')
  vi.stubEnv('BFF_KEY', KEY_ONE.secret)
  vi.stubEnv('API', `${await listen(api)}/v1`)
  vi.stubEnv('PORT', new URL(origin).port)
  vi.spyOn(console, 'log').mockImplementation(() => {})
  vi.resetModules()
})

afterEach(async () => {
  if (server) await closeServer(server)
  server = undefined
  await closeServer(api)
  await provider.close()
  vi.unstubAllEnvs()
})

describe('the example on', () => {
  test.each<[name: string, start: () => Promise<Example>]>([
    ['Node’s http', () => import('../../examples/bff/node.ts')],
    ['Express', () => import('../../examples/bff/express.ts')],
    ['Hono', () => import('../../examples/bff/hono.ts')],
  ])('B-58 %s signs in, calls a protected resource and signs out', async (_, start) => {
    server = (await start()).server
    if (!server.listening) await new Promise((resolve) => server!.once('listening', resolve))
    const user = new NetworkBrowser(origin)
    const page = await user.call('/')
    expect(await page.text()).toContain('<title>evertoken: backend</title>')
    expect(await user.visit('/bff/login?returnTo=/')).toBe(`${origin}/`)
    const session = await user.call('/bff/session')
    expect(await session.json()).toMatchObject({ authenticated: true })
    const called = await user.call('/bff/api/api/orders?open=1', { method: 'POST', body: 'x' })
    expect(await called.json()).toEqual({ url: '/v1/orders?open=1', authorization: 'Bearer' })
    expect((await user.call('/bff/logout', { method: 'POST' })).status).toBe(200)
    expect(await (await user.call('/bff/session')).json()).toEqual({ authenticated: false })
    expect((await user.call('/bff/nothing')).status).toBe(404)
  })

  test('B-58 Next answers as a route handler', async () => {
    const { GET, POST } = await import('../../examples/bff/next-route.ts')
    const login = await GET(new Request(`${origin}/bff/login`))
    expect(login.headers.get('location')).toContain(provider.issuer)
    const headers = { 'x-csrf': '1' }
    const session = await GET(new Request(`${origin}/bff/session`, { headers }))
    expect(await session.json()).toEqual({ authenticated: false })
    const logout = await POST(new Request(`${origin}/bff/logout`, { method: 'POST', headers }))
    expect(logout.status).toBe(200)
  })

  test.each([
    ['short', 40, 20],
    ['long', 20 * 2 ** 20, 10 * 2 ** 20],
  ])(
    'B-19 Next lets no %s body that something in front of it cut off pass for the whole',
    async (_, announced, sent) => {
      const { GET, POST } = await import('../../examples/bff/next-route.ts')
      const cookies = new Map<string, string>()
      const send = async (route: typeof GET, url: string, init: RequestInit = {}) => {
        const cookie = [...cookies].map((pair) => pair.join('=')).join('; ')
        const headers = { 'x-csrf': '1', cookie, ...(init.headers as object) }
        const response = await route(new Request(url, { ...init, headers, redirect: 'manual' }))
        for (const line of response.headers.getSetCookie()) {
          const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
          cookies.set(name, value)
        }
        return response
      }
      const user = new NetworkBrowser(provider.issuer)
      const login = await send(GET, `${origin}/bff/login`)
      const callback = await user.follow(login.headers.get('location')!, origin)
      await send(GET, callback)
      const arrived: number[] = []
      api.removeAllListeners('request').on('request', (request, response) => {
        let size = 0
        request.on('data', (chunk: Uint8Array) => (size += chunk.length))
        request.on('error', () => {})
        request.on('end', () => arrived.push(size) && response.end('saved'))
      })
      const init = { method: 'POST', body: 'x'.repeat(sent) }
      const headers = { 'content-length': String(announced) }
      const cut = await send(POST, `${origin}/bff/api/api/files`, { ...init, headers })
      expect(cut.status).toBe(408)
      expect(await cut.json()).toMatchObject({ code: 'request_aborted' })
      expect(arrived).toEqual([])
      const right = { 'content-length': String(sent) }
      const whole = await send(POST, `${origin}/bff/api/api/files`, { ...init, headers: right })
      expect([whole.status, arrived]).toEqual([200, [sent]])
    },
  )
})
