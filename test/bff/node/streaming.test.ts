import * as http from 'node:http'
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import * as https from 'node:https'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createNodeFetch } from '../../../src/bff/node/create-node-fetch.ts'
import type { BffOptions } from '../../../src/bff/options.ts'
import { closeServer, listen, NetworkBrowser, startWorld, type World, type Wrap } from './server.ts'

const MIB = 2 ** 20
/** STREAM_MIB=1024: as large as promised; a tenth of it shows the same. */
const SIZE = Number(process.env['STREAM_MIB'] ?? 192) * MIB
const FLAT = 96 * MIB
const CHUNK = new Uint8Array(MIB).fill(97)

const ABORTED = { type: 'request-refused', route: '/api/files', code: 'request_aborted' }

/** What the upstream does next. */
let answer: (incoming: IncomingMessage, outgoing: ServerResponse) => unknown
const upstream = createServer((incoming, outgoing) => void answer(incoming, outgoing))
let world: World
let user: NetworkBrowser
let base: string

beforeAll(async () => void (base = await listen(upstream)))
afterAll(() => closeServer(upstream))

async function start(options: Partial<BffOptions>, wrap?: Wrap): Promise<void> {
  const proxy = [{ name: 'files', upstream: base, timeoutMs: 60_000 }]
  world = await startWorld({ proxy, ...options }, {}, wrap)
  user = new NetworkBrowser(world.origin)
  await user.visit('/bff/login')
}

/** The most memory that buffers held while it ran, above what they held before. */
async function buffersDuring(task: () => Promise<unknown>): Promise<number> {
  const before = process.memoryUsage().arrayBuffers
  let most = 0
  const sample = () => (most = Math.max(most, process.memoryUsage().arrayBuffers - before))
  const timer = setInterval(sample, 5)
  await task()
  clearInterval(timer)
  return most
}

const nodeFetch = createNodeFetch({ http, https })
/** Functions of the application's own around both: they are asked with the web's objects. */
const wrapped: Partial<BffOptions> = {
  async upstreamFetch(url, init) {
    expect(init.signal).toBeInstanceOf(AbortSignal)
    const { body, status, headers } = await nodeFetch(url, init)
    return new Response(body, { status, headers })
  },
}
const wrap: Wrap = ({ handle }) => ({
  async handle(request) {
    expect(request).toBeInstanceOf(Request)
    return handle(request)
  },
})

describe.each<[string, Partial<BffOptions>, Wrap?]>([
  ['fetch', { upstreamFetch: (url, init) => fetch(url, init) }],
  ['Node’s own client', {}],
  ['functions of the application’s own', wrapped, wrap],
])('B-19 through %s a proxied body', (_, options, how) => {
  beforeAll(() => start(options, how))
  afterAll(() => world.close())

  test('of any size goes down in flat memory', async () => {
    answer = async (_, outgoing) => {
      for (let sent = 0; sent < SIZE; sent += MIB) {
        if (!outgoing.write(CHUNK)) await once(outgoing, 'drain')
      }
      outgoing.end()
    }
    let received = 0
    const most = await buffersDuring(async () => {
      const response = await user.call('/bff/api/files/big')
      for await (const chunk of response.body!) received += (chunk as Uint8Array).length
    })
    expect(received).toBe(SIZE)
    expect(most).toBeLessThan(FLAT)
  }, 300_000)

  test('of any size goes up in flat memory', async () => {
    let received = 0
    answer = async (incoming, outgoing) => {
      for await (const chunk of incoming) received += (chunk as Uint8Array).length
      outgoing.end('done')
    }
    let sent = 0
    const body = new ReadableStream({
      pull(controller) {
        if (sent >= SIZE) return controller.close()
        sent += MIB
        controller.enqueue(CHUNK)
      },
    })
    let text = ''
    const most = await buffersDuring(async () => {
      const init = { method: 'PUT', body, duplex: 'half' }
      text = await (await user.call('/bff/api/files/big', init)).text()
    })
    expect([text, received]).toEqual(['done', SIZE])
    expect(most).toBeLessThan(FLAT)
  }, 300_000)

  test('that nobody reads stops its upstream', async () => {
    let written = 0
    let stopped = false
    answer = async (_, outgoing) => {
      outgoing.on('close', () => (stopped = true))
      while (!outgoing.destroyed && written < 1024 * MIB) {
        written += MIB
        if (!outgoing.write(CHUNK)) {
          await Promise.race([once(outgoing, 'drain'), once(outgoing, 'close')])
        }
      }
    }
    const { response, end } = await open('/bff/api/files/endless')
    response.pause()
    let before = -1
    await expect
      .poll(() => [before, (before = written)].every((bytes) => bytes === written), {
        interval: 200,
        timeout: 20_000,
      })
      .toBe(true)
    expect(written).toBeLessThan(64 * MIB)
    end()
    await expect.poll(() => stopped).toBe(true)
  })

  test('of events comes as it is sent, and a page that leaves ends it upstream', async () => {
    let left = false
    answer = (_, outgoing) => {
      outgoing.on('close', () => (left = true))
      outgoing.writeHead(200, { 'content-type': 'text/event-stream' })
      outgoing.write('data: one\n\n')
    }
    const leaving = new AbortController()
    const response = await user.call('/bff/api/files/events', { signal: leaving.signal })
    const reader = response.body!.getReader()
    const { value } = await reader.read()
    expect(new TextDecoder().decode(value)).toBe('data: one\n\n')
    expect(left).toBe(false)
    leaving.abort()
    await expect.poll(() => left).toBe(true)
  })

  test('that is broken off on its way up is broken off upstream', async () => {
    let aborted = false
    const arrived = new Promise<void>((arrive) => {
      answer = (incoming) => {
        incoming.on('error', () => (aborted = true))
        incoming.resume()
        arrive()
      }
    })
    const { outgoing, end } = startUpload('/bff/api/files/upload')
    outgoing.write(CHUNK)
    await arrived
    const before = world.events.length
    end()
    await expect.poll(() => aborted).toBe(true)
    await expect.poll(() => world.events.slice(before)).toEqual([ABORTED])
  })

  test('that is short and broken off is no mistake of anybody’s, and goes nowhere', async () => {
    let called = false
    answer = () => (called = true)
    const before = world.events.length
    const begun = once(world.server, 'request')
    const { outgoing, end } = startUpload('/bff/api/files/upload', { 'content-length': '40' })
    outgoing.write('half of it')
    await begun
    end()
    await expect.poll(() => world.events.slice(before)).toEqual([ABORTED])
    expect(called).toBe(false)
  })

  test.each([600, 999])('with the status %i, which is none, is refused', async (code) => {
    answer = (_, outgoing) => void outgoing.writeHead(code).end('odd')
    const response = await user.call('/bff/api/files/odd')
    expect(response.status).toBe(502)
    expect(await response.json()).toMatchObject({ code: 'upstream_unavailable' })
    expect(world.events.filter(({ type }) => type === 'unexpected-error')).toEqual([])
  })

  test('that the upstream breaks off does not pass for the whole', async () => {
    let breakOff = () => {}
    answer = (_, outgoing) => {
      outgoing.writeHead(200, { 'content-type': 'text/plain' })
      outgoing.write('half of it')
      breakOff = () => outgoing.destroy()
    }
    const response = await user.call('/bff/api/files/broken')
    expect(response.status).toBe(200)
    breakOff()
    await expect(response.text()).rejects.toThrow(/terminated|aborted/)
  })

  test('that is none is sent as none, and again with a new token', async () => {
    const encodings: unknown[] = []
    answer = (incoming, outgoing) => {
      encodings.push(incoming.headers['transfer-encoding'])
      outgoing.writeHead(encodings.length === 1 ? 401 : 204).end()
    }
    const response = await user.call('/bff/api/files/old', { method: 'DELETE' })
    expect(response.status).toBe(204)
    expect(encodings).toEqual([undefined, undefined])
  })

  test('that the upstream does not want to read to its end is answered all the same', async () => {
    answer = (_, outgoing) => {
      outgoing.writeHead(413).end('too much')
    }
    const { outgoing, response } = startUpload('/bff/api/files/upload')
    outgoing.write(CHUNK)
    const incoming = await response
    expect(incoming.statusCode).toBe(413)
    incoming.resume()
    outgoing.destroy()
  })
})

/** A GET whose response is read by hand. */
async function open(path: string): Promise<{ response: IncomingMessage; end: () => void }> {
  const outgoing = request(world.origin + path, { headers: { cookie: user.cookie, 'x-csrf': '1' } })
  outgoing.on('error', () => {})
  outgoing.end()
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
  response.on('error', () => {})
  return { response, end: () => outgoing.destroy() }
}

function startUpload(path: string, more: Record<string, string> = {}) {
  const own = { cookie: user.cookie, 'x-csrf': '1', 'content-type': 'text/plain' }
  const headers = { ...own, ...more }
  const outgoing = request(world.origin + path, { method: 'POST', headers })
  outgoing.on('error', () => {})
  const response = new Promise<IncomingMessage>((resolve) => outgoing.once('response', resolve))
  return { outgoing, response, end: () => outgoing.destroy() }
}
