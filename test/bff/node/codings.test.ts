import { once } from 'node:events'
import { createServer, request, type IncomingHttpHeaders } from 'node:http'
import { brotliCompressSync, brotliDecompressSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { BffOptions } from '../../../src/bff/options.ts'
import { closeServer, listen, NetworkBrowser, startWorld, type World } from './server.ts'

const TEXT = 'as long as it takes '.repeat(100)
const CODED = brotliCompressSync(TEXT)

let asked: IncomingHttpHeaders
/** What the upstream says of the body, and the body. */
let answer: { coding?: string; body: Uint8Array | string }
const upstream = createServer((incoming, outgoing) => {
  asked = incoming.headers
  const coding = answer.coding ? { 'content-encoding': answer.coding } : {}
  const length = { 'content-length': Buffer.byteLength(answer.body) }
  outgoing.writeHead(200, { 'content-type': 'text/plain', ...length, ...coding }).end(answer.body)
})
let base: string
let world: World
let user: NetworkBrowser

beforeAll(async () => void (base = await listen(upstream)))
afterAll(() => closeServer(upstream))
beforeEach(() => {
  asked = {}
  answer = { coding: 'br', body: CODED }
})

async function start(options: Partial<BffOptions> = {}): Promise<void> {
  world = await startWorld({ proxy: [{ name: 'texts', upstream: base }], ...options })
  user = new NetworkBrowser(world.origin)
  await user.visit('/bff/login')
}

/** As it comes over the network: a browser's `fetch` would decode it. */
async function get(codings?: string) {
  const headers = {
    ...{ cookie: user.cookie, 'x-csrf': '1', 'sec-fetch-site': 'same-origin' },
    ...(codings !== undefined && { 'accept-encoding': codings }),
  }
  const [response] = await once(
    request(`${world.origin}/bff/api/texts/1`, { headers }).end(),
    'response',
  )
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk)
  return { status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) }
}

describe('B-17 B-19 behind `toNodeHandler` a body passes in the coding of the upstream', () => {
  beforeAll(() => start())
  afterAll(() => world.close())

  test('which is one of those that the page asked for', async () => {
    const { headers, body } = await get('gzip, br')
    expect(asked['accept-encoding']).toBe('gzip, br')
    expect([headers['content-encoding'], headers['content-length']]).toEqual([
      'br',
      String(CODED.length),
    ])
    expect(brotliDecompressSync(body).toString()).toBe(TEXT)
  })

  test('and in none where neither of the two speaks of one', async () => {
    answer = { body: TEXT }
    const { headers, body } = await get()
    expect(asked['accept-encoding']).toBeUndefined()
    expect([headers['content-encoding'], body.toString()]).toEqual([undefined, TEXT])
  })

  test('also where nobody asked for it', async () => {
    const { status, headers } = await get()
    expect([status, headers['content-encoding']]).toEqual([200, 'br'])
  })

  test('and browsers take it off', async () => {
    answer = { coding: 'gzip', body: gzipSync(TEXT) }
    expect(await (await user.call('/bff/api/texts/1')).text()).toBe(TEXT)
  })
})

describe('B-17 where the option says `fetch`, that asks for codings and takes them off', () => {
  beforeAll(() => start({ upstreamFetch: (url, init) => fetch(url, init) }))
  afterAll(() => world.close())

  test('whatever the page asked for', async () => {
    const { headers, body } = await get('zstd')
    expect(asked['accept-encoding']).not.toContain('zstd')
    expect([headers['content-encoding'], headers['content-length']]).toEqual([undefined, undefined])
    expect(body.toString()).toBe(TEXT)
  })
})
