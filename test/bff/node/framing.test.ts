import { once } from 'node:events'
import * as http from 'node:http'
import * as https from 'node:https'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createNodeFetch } from '../../../src/bff/node/create-node-fetch.ts'
import type { BffOptions } from '../../../src/bff/options.ts'
import { closeServer, listen, NetworkBrowser, startWorld, type World } from './server.ts'

/** A body that is a request, where its end is not known to be the end of a body. */
const REQUEST = 'GET /of-somebody-else HTTP/1.1\r\nhost: up.example\r\n\r\n'
const METHODS = ['DELETE', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'PROPFIND']

let arrived: string[] = []
const upstream = http.createServer((incoming, outgoing) => {
  let body = ''
  incoming.on('data', (chunk: Uint8Array) => (body += new TextDecoder().decode(chunk)))
  incoming.on('end', () => {
    arrived.push(`${incoming.method} ${incoming.url} ${body}`)
    outgoing.end('done')
  })
})
let base: string
beforeAll(async () => void (base = await listen(upstream)))
afterAll(() => closeServer(upstream))
beforeEach(() => void (arrived = []))

const inPieces = (text: string) =>
  new ReadableStream<Uint8Array>({
    start(controller) {
      for (const piece of text.match(/.{1,16}/gs) ?? []) {
        controller.enqueue(new TextEncoder().encode(piece))
      }
      controller.close()
    },
  })

/** What arrives over the connection after it: nothing that is in the body. */
async function whatArrives(method: string, body: BodyInit | null): Promise<string[]> {
  const nodeFetch = createNodeFetch({ http, https })
  for (const path of ['first', 'second']) {
    const given = path === 'first' ? { method, body } : {}
    expect(await (await nodeFetch(`${base}/${path}`, given)).text()).toBe('done')
  }
  return arrived
}

describe.each(METHODS)('createNodeFetch says where the body of a %s ends', (method) => {
  test.each<[how: string, body: () => BodyInit | null, text: string]>([
    ['that is there at once', () => new TextEncoder().encode(REQUEST).buffer, REQUEST],
    ['that streams', () => inPieces(REQUEST), REQUEST],
    ['that is text', () => REQUEST, REQUEST],
    ['that is a form', () => new URLSearchParams({ a: 'b c' }), 'a=b+c'],
    ['that is empty', () => new ArrayBuffer(0), ''],
    ['that streams nothing', () => inPieces(''), ''],
    ['that is none', () => null, ''],
  ])('%s', async (_, body, text) => {
    expect(await whatArrives(method, body())).toEqual([`${method} /first ${text}`, 'GET /second '])
  })
})

test('createNodeFetch lets nobody else say how a body is sent', async () => {
  const nodeFetch = createNodeFetch({ http, https })
  const headers = { 'content-length': '3', 'transfer-encoding': 'chunked', host: 'other.example' }
  await (await nodeFetch(`${base}/x`, { method: 'PUT', headers, body: REQUEST })).text()
  await (await nodeFetch(`${base}/y`, {})).text()
  expect(arrived).toEqual([`PUT /x ${REQUEST}`, 'GET /y '])
})

describe.each<[string, Partial<BffOptions>]>([
  ['Node’s own client', {}],
  ['fetch', { upstreamFetch: (url, init) => fetch(url, init) }],
])('B-16 a page’s body is no request of its own to the upstream, by %s', (_, options) => {
  let world: World
  let user: NetworkBrowser
  beforeAll(async () => {
    world = await startWorld({ proxy: [{ name: 'up', upstream: base }], ...options })
    user = new NetworkBrowser(world.origin)
    await user.visit('/bff/login')
  })
  afterAll(() => world.close())

  test.each(
    METHODS.flatMap((method) => [false, true].map((streams) => [method, streams] as const)),
  )('by %s; it streams: %s', async (method, streams) => {
    const length = { 'content-length': Buffer.byteLength(REQUEST) }
    const headers = {
      ...{ cookie: user.cookie, 'x-csrf': '1', origin: world.origin },
      ...(streams ? { 'transfer-encoding': 'chunked' } : length),
    }
    const target = `${world.origin}/bff/api/up/first`
    const [response] = await once(
      http.request(target, { method, headers }).end(REQUEST),
      'response',
    )
    response.resume()
    await once(response, 'end')
    await (await user.call('/bff/api/up/second')).text()
    expect(arrived).toEqual([`${method} /first ${REQUEST}`, 'GET /second '])
  })
})
