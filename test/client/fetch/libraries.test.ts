// The code of docs/http-libraries.md, as it stands there, over a real network.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Client as UrqlClient } from '@urql/core'
import type { AxiosInstance } from 'axios'
import type { GraphQLClient } from 'graphql-request'
import type { KyInstance } from 'ky'
import type { Client as OpenApiClient } from 'openapi-fetch'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { AuthClient } from '../../../src/client/auth-client.ts'
import type { VirtualDevice } from '../../../src/testing/device/virtual-device.ts'
import { bffApps } from '../modes/bff-device.ts'
import { appDevice } from '../setup.ts'
import '../lazy.ts'
import { eventually } from '../../support/eventually.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const page = readFileSync(join(root, 'docs/http-libraries.md'), 'utf8')

interface Arrived {
  method: string | undefined
  path: string | undefined
  headers: IncomingHttpHeaders
  body: string
}

/** An API that refuses the first call that it gets, when it is told to. */
async function serveApi() {
  const arrived: Arrived[] = []
  const refusals: [headers: Record<string, string>, body: string][] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => (body += String(chunk)))
    request.on('end', () => {
      const { method, url: path, headers } = request
      arrived.push({ method, path, headers, body })
      const [refusal] = refusals.splice(0, 1)
      if (refusal) return void response.writeHead(401, refusal[0]).end(refusal[1])
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(path === '/graphql' ? '{"data":{"name":"Ada"}}' : '{"name":"Ada"}')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { origin, arrived, refusals }
}

interface Here {
  client: AuthClient<unknown>
  world: VirtualDevice
  /** What refuses a token in this mode. */
  refusal: [headers: Record<string, string>, body: string]
}

async function inBrowserMode(origin: string): Promise<Here> {
  const options = { protectedResources: [origin] }
  const on = await appDevice()
  const { client, tab } = await on.signIn(on.open(options), options)
  Object.assign(tab.env.requests!, { send: (...call: Parameters<typeof fetch>) => fetch(...call) })
  await client.getAccessToken()
  const refusal: Here['refusal'] = [{ 'www-authenticate': 'Bearer error="invalid_token"' }, '']
  return { client, world: on.world, refusal }
}

async function inBffMode(origin: string): Promise<Here> {
  const on = bffApps({ mediated: false })
  const signedIn = await on.signedIn()
  signedIn.client.stop()
  const options = { protectedResources: [{ url: origin, bff: 'api' }] }
  const there = on.world.navigate(signedIn.tab, 'https://app.example/')
  const { client, tab } = await on.settled(on.open(there, options))
  // What the backend has of the API's own answers, it hands on.
  const send = async (request: Request, init: RequestInit) => {
    const { method, headers } = request
    const body = await request.text()
    const url = request.url.replace('https://app.example/bff/api/api', origin)
    return fetch(url, { ...init, method, headers, body: body || null, credentials: 'omit' })
  }
  Object.assign(tab.env.requests!, { send })
  const problem = { 'content-type': 'application/problem+json' }
  return { client, world: on.world, refusal: [problem, '{"code":"token_expired"}'] }
}

const modules = mkdtempSync(
  (mkdirSync(join(root, '.cache'), { recursive: true }), join(root, '.cache/calls-')),
)
beforeAll(() => () => rmSync(modules, { recursive: true, force: true }))

/** A block of the page, for an API that is there. */
async function load<T>(name: string, origin: string, client: AuthClient<unknown>): Promise<T> {
  const [, code] = page.split(`\`\`\`ts ${name}.ts\n`)[1]!.match(/^([\s\S]*?)\n```/)!
  const folder = mkdtempSync(join(modules, 'module-'))
  Object.assign(globalThis, { authOfTest: client })
  writeFileSync(join(folder, 'auth.ts'), 'export const auth = globalThis.authOfTest\n')
  const file = join(folder, `of-${name}.ts`)
  writeFileSync(file, code!.replaceAll('https://api.example.com', origin))
  return import(/* @vite-ignore */ file) as Promise<T>
}

const QUERY = '{ name }'
type Paths = { '/orders': { post: { responses: Record<200, object> } } }

/** What an application does with each: a name comes back. */
const libraries: Record<string, (api: never) => Promise<unknown>> = {
  axios: async (api: AxiosInstance) => (await api.post<unknown>('orders', { name: 'new' })).data,
  ky: (api: KyInstance) => api.post('orders', { json: { name: 'new' } }).json(),
  'openapi-fetch': async (api: OpenApiClient<Paths>) => {
    const { data } = await api.POST('/orders', { body: { name: 'new' } } as never)
    return data
  },
  'graphql-request': (api: GraphQLClient) => api.request(QUERY),
  urql: async (api: UrqlClient) => (await api.query(QUERY, {}).toPromise()).data as unknown,
}

describe.each([
  ['browser mode', inBrowserMode],
  ['BFF mode', inBffMode],
])('docs/http-libraries.md in %s', (mode, start) => {
  test.each(Object.entries(libraries))(
    'U16 %s sends what auth.fetch sends, and once more after a refusal',
    async (name, use) => {
      const { origin, arrived, refusals } = await serveApi()
      const { client, world, refusal } = await start(origin)
      const { api } = await load<{ api: never }>(name, origin, client)
      expect(await use(api)).toEqual({ name: 'Ada' })
      refusals.push(refusal)
      let answer: unknown
      void use(api).then((said) => (answer = said))
      await eventually(async () => {
        await world.settle()
        expect(answer).toEqual({ name: 'Ada' })
      })
      expect(arrived).toHaveLength(3)
      const [, refused, again] = arrived
      expect(again!.body).toBe(refused!.body)
      expect(refused!.body).not.toBe('')
      const tokens = arrived.map(({ headers }) => headers.authorization)
      if (mode === 'BFF mode') expect(tokens).toEqual([undefined, undefined, undefined])
      else expect(new Set(tokens).size).toBe(2)
    },
  )
})

test('docs/http-libraries.md has a block for each library that is tried', () => {
  for (const name of Object.keys(libraries)) expect(page).toContain(`\`\`\`ts ${name}.ts\n`)
})

test('docs/http-libraries.md reads server-sent events while a user is signed in, and no longer', async () => {
  const { client, world, origin, isClosed } = await streaming()
  type Listen = { listen: (onText: (text: string) => void) => () => void }
  const { listen } = await load<Listen>('events', origin, client)
  let text = ''
  listen((more) => (text += more))
  await eventually(() => expect(text).toContain('data: 1'))
  const out = client.signOut({ provider: false })
  await world.settle()
  await out
  await eventually(() => expect(isClosed()).toBe(true))
})

async function streaming() {
  let closed = false
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n')
    response.on('close', () => (closed = true))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { origin, isClosed: () => closed, ...(await inBrowserMode(origin)) }
}
