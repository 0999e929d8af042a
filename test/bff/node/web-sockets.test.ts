import { createServer, request, type IncomingMessage } from 'node:http'
import { once } from 'node:events'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import * as ws from 'ws'
import { createBff } from '../../../src/bff/create-bff.ts'
import { shutDown } from '../../../src/bff/node/shut-down.ts'
import { toUpgradeHandler } from '../../../src/bff/node/to-upgrade-handler.ts'
import type { WebSocketRoute } from '../../../src/bff/options.ts'
import { createMemoryStore } from '../../../src/bff/sessions/memory-store.ts'
import { freePort } from '../../support/free-port.ts'
import { KEY_ONE } from '../setup.ts'
import { closeServer, listen, NetworkBrowser, startWorld, type World } from './server.ts'

const MIB = 2 ** 20
/** What arrived at the upstream's door, newest last. */
const arrived: IncomingMessage[] = []
/** What the upstream does with the next socket. Default: everything comes back. */
let serve: (socket: ws.WebSocket) => void
const echo = (socket: ws.WebSocket) =>
  void socket.on('message', (data, binary) => socket.send(data, { binary }))

const upstream = createServer((_, response) => void response.writeHead(403).end())
const upstreamSockets = new ws.WebSocketServer({
  server: upstream,
  handleProtocols: (offered) => [...offered].at(-1) ?? false,
})
upstreamSockets.on('connection', (socket, incoming) => {
  arrived.push(incoming)
  socket.on('error', () => {})
  serve(socket)
})

let world: World
let address: string
let user: NetworkBrowser
const open: ws.WebSocket[] = []

beforeAll(async () => {
  const base = await listen(upstream)
  world = await startWorld({
    store: createMemoryStore(),
    webSockets: [
      { name: 'live', upstream: `${base.replace('http:', 'ws:')}/live` },
      { name: 'away', upstream: `ws://127.0.0.1:${await freePort()}` },
    ],
  })
  world.server.on('upgrade', toUpgradeHandler(world.bff, ws))
  address = world.origin.replace('http:', 'ws:')
})
afterAll(async () => {
  await world.close()
  upstreamSockets.close()
  await closeServer(upstream)
})
afterEach(() => {
  for (const socket of open.splice(0)) socket.terminate()
})

/** Another process on the same store. */
const another = (webSockets: WebSocketRoute[] = []) =>
  createBff({
    issuer: world.provider.issuer,
    clientId: 'spa',
    clientAuthentication: { method: 'none' },
    baseUrl: world.origin,
    keys: [KEY_ONE],
    store: world.store,
    webSockets,
  })

function connect(
  path = '/bff/ws/live',
  headers: Record<string, string> = {},
  protocols?: string[],
) {
  const own = { origin: world.origin, cookie: user.cookie }
  const socket = new ws.WebSocket(address + path, protocols, { headers: { ...own, ...headers } })
  socket.on('error', () => {})
  open.push(socket)
  return socket
}

async function opened(...given: Parameters<typeof connect>): Promise<ws.WebSocket> {
  const socket = connect(...given)
  await once(socket, 'open')
  return socket
}

const closed = (socket: ws.WebSocket): Promise<[code: number, reason: string]> =>
  new Promise((resolve) => {
    socket.once('close', (code, reason) => resolve([code, reason.toString()]))
  })

async function signIn(): Promise<void> {
  user = new NetworkBrowser(world.origin)
  await user.visit('/bff/login')
  serve = echo
}

describe('B-52 a WebSocket through Node', () => {
  test('has its messages passed both ways as they are, with the access token and no cookie', async () => {
    await signIn()
    const socket = await opened('/bff/ws/live?from=7')
    const answers: [string, boolean][] = []
    socket.on('message', (data, binary) => answers.push([String(data), binary]))
    socket.send('héllo')
    socket.send(new Uint8Array([104, 105]))
    socket.send('')
    await expect
      .poll(() => answers)
      .toEqual([
        ['héllo', false],
        ['hi', true],
        ['', false],
      ])
    const { url, headers } = arrived.at(-1)!
    expect(url).toBe('/live?from=7')
    expect(headers.authorization).toMatch(/^Bearer ./)
    expect([headers.cookie, headers.origin]).toEqual([undefined, undefined])
  })

  test('hears what its upstream says first, and speaks the subprotocol that it chose', async () => {
    await signIn()
    serve = (socket) => socket.send('welcome')
    const socket = connect('/bff/ws/live', {}, ['graphql-ws', 'graphql-transport-ws'])
    const [first] = (await once(socket, 'message')) as [Buffer]
    expect(String(first)).toBe('welcome')
    expect(socket.protocol).toBe('graphql-transport-ws')
  })

  test.each<[string, string, Record<string, string>, number, string | undefined]>([
    ['of another site', '/bff/ws/live', { origin: 'https://evil.example' }, 403, 'csrf_rejected'],
    ['of nobody', '/bff/ws/live', { cookie: '' }, 401, 'not_authenticated'],
    ['to another name', '/bff/ws/other', {}, 404, 'not_found'],
    ['that is not for the backend', '/live', {}, 404, undefined],
    ['whose upstream is away', '/bff/ws/away', {}, 502, 'upstream_unavailable'],
  ])('%s is refused before it is open', async (_, path, headers, status, code) => {
    await signIn()
    const before = arrived.length
    const socket = connect(path, headers)
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage]
    expect(response.statusCode).toBe(status)
    let text = ''
    for await (const chunk of response) text += String(chunk)
    expect(text === '' ? undefined : (JSON.parse(text) as { code: string }).code).toBe(code)
    expect(arrived.length).toBe(before)
  })

  test('that is no handshake is refused, and leaves nothing open at the upstream', async () => {
    await signIn()
    const before = upstreamSockets.clients.size
    const headers = { connection: 'upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' }
    const own = { origin: world.origin, cookie: user.cookie }
    const outgoing = request(`${world.origin}/bff/ws/live`, { headers: { ...own, ...headers } })
    outgoing.end()
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
    response.resume()
    expect(response.statusCode).toBe(400)
    await expect.poll(() => upstreamSockets.clients.size).toBe(before)
  })

  test.each([
    ['the page', 4000, 'done'],
    ['the page without a code', 1005, ''],
  ])('is closed at the upstream as %s closes it', async (_, code, reason) => {
    await signIn()
    let ended: Promise<[number, string]> | undefined
    serve = (socket) => void (ended = closed(socket))
    const socket = await opened()
    if (code === 1005) socket.close()
    else socket.close(code, reason)
    expect(await ended).toEqual([code, reason])
  })

  test('whose page is gone without a word is closed at the upstream', async () => {
    await signIn()
    let ended: Promise<[number, string]> | undefined
    serve = (socket) => void (ended = closed(socket))
    const socket = await opened()
    socket.terminate()
    expect(await ended).toEqual([1001, ''])
  })

  test('is closed for the page as its upstream closes it, and with 1014 where that is gone', async () => {
    await signIn()
    serve = (socket) => socket.close(4123, 'enough')
    expect(await closed(connect())).toEqual([4123, 'enough'])
    serve = (socket) => void socket.once('message', () => socket.terminate())
    const socket = await opened()
    const over = closed(socket)
    socket.send('go')
    expect((await over)[0]).toBe(1014)
  })

  test('is closed with 4401 at once when the user signs out, and nothing more passes', async () => {
    await signIn()
    const received: string[] = []
    let ended: Promise<[number, string]> | undefined
    serve = (socket) => {
      socket.on('message', (data) => received.push(String(data)))
      ended = closed(socket)
    }
    const socket = await opened()
    const over = closed(socket)
    await user.call('/bff/logout', { method: 'POST' })
    socket.send('too late')
    expect((await over)[0]).toBe(4401)
    expect((await ended!)[0]).toBe(1001)
    expect(received).toEqual([])
  })

  test('is closed when another process ends the session, the next time that it looks', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'], shouldAdvanceTime: true })
    try {
      await signIn()
      const socket = await opened()
      const over = closed(socket)
      const elsewhere = another()
      const headers = { 'x-csrf': '1', cookie: user.cookie, origin: world.origin }
      const out = new Request(`${world.origin}/bff/logout`, { method: 'POST', headers })
      expect((await elsewhere.handle(out))!.status).toBe(200)
      expect(socket.readyState).toBe(ws.WebSocket.OPEN)
      await vi.advanceTimersByTimeAsync(30_000)
      expect((await over)[0]).toBe(4401)
    } finally {
      vi.useRealTimers()
    }
  })

  test('that a slow page does not read stops its upstream', async () => {
    await signIn()
    let waiting = 0
    let sent = 0
    serve = (socket) => {
      const more = () => {
        if (socket.readyState !== ws.WebSocket.OPEN || sent >= 512 * MIB) return
        sent += MIB
        waiting++
        socket.send(Buffer.alloc(MIB), () => {
          waiting--
          more()
        })
      }
      more()
    }
    const socket = await opened()
    socket.pause()
    let before = -1
    await expect
      .poll(() => [before, (before = sent)].every((bytes) => bytes === sent), {
        interval: 200,
        timeout: 20_000,
      })
      .toBe(true)
    expect(sent).toBeLessThan(64 * MIB)
    expect(waiting).toBe(1)
    let received = 0
    socket.on('message', (data: Buffer) => (received += data.length))
    socket.resume()
    await expect.poll(() => received, { timeout: 20_000 }).toBeGreaterThan(64 * MIB)
  })

  test('that is gone without a word is noticed', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'], shouldAdvanceTime: true })
    try {
      await signIn()
      let ended: Promise<[number, string]> | undefined
      serve = (socket) => void (ended = closed(socket))
      const socket = await opened()
      // It answers no ping, as one behind a network that is gone.
      socket.pause()
      await vi.advanceTimersByTimeAsync(30_000)
      await new Promise((resolve) => setImmediate(resolve))
      await vi.advanceTimersByTimeAsync(30_000)
      expect((await ended!)[0]).toBe(1001)
    } finally {
      vi.useRealTimers()
    }
  })

  test('whose upstream lets it wait keeps no server from its end', async () => {
    await signIn()
    let accept = () => {}
    let handshakes = 0
    const slow = createServer()
    const sockets = new ws.WebSocketServer({ noServer: true })
    slow.on('upgrade', (incoming, socket, head) => {
      handshakes++
      accept = () => sockets.handleUpgrade(incoming, socket, head, () => {})
    })
    const base = (await listen(slow)).replace('http:', 'ws:')
    const bff = another([{ name: 'slow', upstream: base }])
    const server = createServer()
    server.on('upgrade', toUpgradeHandler(bff, ws))
    const here = (await listen(server)).replace('http:', 'ws:')
    const headers = { origin: world.origin, cookie: user.cookie }
    const page = new ws.WebSocket(`${here}/bff/ws/slow`, { headers })
    const over = closed(page)
    await expect.poll(() => handshakes).toBe(1)
    const ended = shutDown(server, bff)
    await new Promise((resolve) => setTimeout(resolve, 50))
    accept()
    expect((await over)[0]).toBe(1001)
    await ended
    await closeServer(slow)
  })

  test('is closed with 1001 by a backend that closes', async () => {
    await signIn()
    const over = closed(await opened())
    await world.bff.close()
    expect((await over)[0]).toBe(1001)
  })
})
