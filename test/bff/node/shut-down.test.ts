import { Agent, createServer, request, type IncomingMessage } from 'node:http'
import { once } from 'node:events'
import { afterEach, describe, expect, test } from 'vitest'
import { shutDown } from '../../../src/bff/node/shut-down.ts'
import { toNodeHandler } from '../../../src/bff/node/to-node-handler.ts'
import { closeServer, listen } from './server.ts'

const agent = new Agent({ keepAlive: true, maxSockets: 1 })
afterEach(() => agent.destroy())

/** A backend whose requests are answered when the test says. */
function heldBackend() {
  const waiting: ((response: Response) => void)[] = []
  let closed = false
  const bff = {
    handle: () => new Promise<Response>((resolve) => waiting.push(resolve)),
    close: async () => void (closed = true),
  }
  return { bff, waiting, wasClosed: () => closed }
}

async function get(origin: string): Promise<IncomingMessage> {
  const outgoing = request(origin, { agent }).end()
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
  return response
}

describe('shutDown', () => {
  test('answers what is under way, and waits for no connection that stays open', async () => {
    const { bff, waiting, wasClosed } = heldBackend()
    const server = createServer(toNodeHandler(bff))
    // Longer than this test may take, were it waited for.
    server.keepAliveTimeout = 600_000
    const origin = await listen(server)
    const first = get(origin)
    await expect.poll(() => waiting.length).toBe(1)
    const ended = shutDown(server, bff)
    waiting[0]!(new Response('done'))
    const response = await first
    expect(response.statusCode).toBe(200)
    response.resume()
    await ended
    expect(wasClosed()).toBe(true)
    await expect(get(origin)).rejects.toThrow(/ECONNREFUSED|ECONNRESET|socket hang up/)
  })

  test('asks who comes over an open connection to come over another the next time', async () => {
    const { bff, waiting } = heldBackend()
    const server = createServer(toNodeHandler(bff))
    const origin = await listen(server)
    // The second is sent behind the first, before that is answered: it counts as under way.
    const pipelined = request(origin, { agent: false, headers: { connection: 'keep-alive' } })
    pipelined.end()
    await expect.poll(() => waiting.length).toBe(1)
    const ended = shutDown(server, bff)
    pipelined.socket!.write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n')
    await expect.poll(() => waiting.length).toBe(2)
    let text = ''
    pipelined.socket!.on('data', (chunk: Uint8Array) => (text += new TextDecoder().decode(chunk)))
    const closed = once(pipelined.socket!, 'close')
    for (const answer of waiting) answer(new Response('done'))
    await closed
    await ended
    expect(text.split('HTTP/1.1 200')).toHaveLength(3)
    expect(text.toLowerCase().split('connection: close')).toHaveLength(2)
  })

  test('waits also for what comes of a request that came while the backend closed', async () => {
    const { bff, waiting } = heldBackend()
    const after: Promise<void>[] = []
    let refreshed = () => {}
    const backend = { ...bff, close: async () => void (await Promise.all(after)) }
    const server = createServer(toNodeHandler(backend))
    const origin = await listen(server)
    const first = get(origin)
    await expect.poll(() => waiting.length).toBe(1)
    let isOver = false
    const ended = shutDown(server, backend).then(() => (isOver = true))
    // The backend has closed by now, as far as it knew of anything.
    await new Promise((resolve) => setImmediate(resolve))
    after.push(new Promise((resolve) => (refreshed = resolve)))
    waiting[0]!(new Response('late'))
    ;(await first).resume()
    await expect.poll(() => server.listening).toBe(false)
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(isOver).toBe(false)
    refreshed()
    await ended
  })

  test.each<[name: string, options: object]>([
    ['grace', { grace: 5 }],
    ['graceMs', { graceMs: '5' }],
    ['graceMs', { graceMs: -1 }],
  ])('names a wrong `%s`, and closes nothing', async (name, options) => {
    const { bff, wasClosed } = heldBackend()
    const server = createServer(toNodeHandler(bff))
    const wrong = shutDown(server, bff, options)
    await expect(wrong).rejects.toThrow(TypeError)
    await expect(wrong).rejects.toThrow(new RegExp(`^shutDown: .*\\b${name}\\b`))
    expect(wasClosed()).toBe(false)
  })

  test('cuts off what answers without an end, after a while', async () => {
    const { bff, waiting } = heldBackend()
    const server = createServer(toNodeHandler(bff))
    const origin = await listen(server)
    const first = get(origin)
    await expect.poll(() => waiting.length).toBe(1)
    waiting[0]!(
      new Response(
        new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array(1)) }),
      ),
    )
    const response = await first
    response.on('error', () => {})
    response.resume()
    await shutDown(server, bff, { graceMs: 100 })
    await expect.poll(() => response.destroyed).toBe(true)
    await closeServer(server)
  })
})
