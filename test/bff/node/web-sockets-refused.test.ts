// WebSockets whose upstream refuses the access token, and those that a session has too many of.
import { createServer, type IncomingMessage } from 'node:http'
import { once } from 'node:events'
import type { Duplex } from 'node:stream'
import { decodeJwt, generateKeyPair } from 'jose'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import * as ws from 'ws'
import { toUpgradeHandler } from '../../../src/bff/node/to-upgrade-handler.ts'
import type { BffOptions } from '../../../src/bff/options.ts'
import { sealedCookies } from '../../../src/bff/sessions/sealed-cookies.ts'
import { startOidcWorld } from '../oidc.ts'
import { closeServer, listen, NetworkBrowser, startWorld, type World } from './server.ts'

/** Handshakes that reached the upstream. */
let handshakes: IncomingMessage[]
/** The answer to a handshake that is refused; undefined opens a socket. */
let refuse: (incoming: IncomingMessage) => string | undefined
const upstream = createServer()
const sockets = new ws.WebSocketServer({ noServer: true })
upstream.on('upgrade', (incoming, socket: Duplex, head) => {
  handshakes.push(incoming)
  socket.on('error', () => {})
  const refusal = refuse(incoming)
  if (refusal !== undefined) return void socket.end(`HTTP/1.1 ${refusal}\r\n\r\n`)
  sockets.handleUpgrade(incoming, socket, head, (opened) => {
    opened.on('message', (data, binary) => opened.send(data, { binary }))
  })
})

let world: Pick<World, 'close' | 'origin' | 'bff' | 'events'>
let user: NetworkBrowser
const open: ws.WebSocket[] = []

beforeEach(() => {
  handshakes = []
  refuse = () => undefined
})
afterEach(async () => {
  for (const socket of open.splice(0)) socket.terminate()
  await world.close()
  await closeServer(upstream)
})

const routes = async () => {
  const base = (await listen(upstream)).replace('http:', 'ws:')
  return { webSockets: [{ name: 'live', upstream: base }] }
}

async function start(options: Partial<BffOptions> = {}) {
  const started = await startWorld({ ...(await routes()), ...options })
  started.server.on('upgrade', toUpgradeHandler(started.bff, ws))
  world = started
  user = new NetworkBrowser(world.origin)
  await user.visit('/bff/login')
  const refreshes = () =>
    started.provider.requests().filter(({ endpoint }) => endpoint === 'token').length - 1
  return { ...started, refreshes }
}

function connect(): ws.WebSocket {
  const headers = { origin: world.origin, cookie: user.cookie }
  const address = world.origin.replace('http:', 'ws:')
  const socket = new ws.WebSocket(`${address}/bff/ws/live`, { headers })
  socket.on('error', () => {})
  open.push(socket)
  return socket
}

/** @returns `open`, or the status that it was refused with */
function outcome(socket: ws.WebSocket): Promise<'open' | number | undefined> {
  return new Promise((resolve) => {
    socket.once('open', () => resolve('open'))
    socket.once('unexpected-response', (_, { statusCode }) => resolve(statusCode))
  })
}

const tokenOf = ({ headers }: IncomingMessage) => headers.authorization
/** No sooner than a second after the token came, another one is asked for. */
const afterTheFloor = () => new Promise((resolve) => setTimeout(resolve, 1_050))

describe('B-52 a WebSocket whose upstream refuses the access token', () => {
  test('is opened with a newer one, for which all who ask at a time share one refresh', async () => {
    const { refreshes } = await start()
    await afterTheFloor()
    let old: string | undefined
    refuse = (incoming) => {
      old ??= tokenOf(incoming)
      return tokenOf(incoming) === old ? '401 Unauthorized' : undefined
    }
    const outcomes = await Promise.all(Array.from({ length: 5 }, () => outcome(connect())))
    expect(outcomes).toEqual(Array(5).fill('open'))
    expect([refreshes(), handshakes.length]).toEqual([1, 10])
  })

  test('is tried twice, and is a bad gateway when the newer one is refused, too', async () => {
    const { refreshes, bff } = await start()
    await afterTheFloor()
    refuse = () => '401 Unauthorized'
    expect(await outcome(connect())).toBe(502)
    expect([refreshes(), handshakes.length]).toEqual([1, 2])
    expect(bff).toBe(world.bff)
  })

  test.each(['403 Forbidden', '500 Internal Server Error', '101 Switching'])(
    'with anything else than 401 is tried once: %s',
    async (refusal) => {
      const { refreshes } = await start()
      await afterTheFloor()
      refuse = () => refusal
      expect(await outcome(connect())).toBe(502)
      expect([refreshes(), handshakes.length]).toEqual([0, 1])
    },
  )

  test('B-57 A-28 gets the nonce that it wants with a second try', async () => {
    const started = await startOidcWorld({
      ...(await routes()),
      dpop: await generateKeyPair('ES256'),
    })
    world = started
    started.server.on('upgrade', toUpgradeHandler(started.bff, ws))
    user = new NetworkBrowser(world.origin)
    await user.visit('/bff/login')
    const proofs = () => handshakes.map(({ headers }) => decodeJwt(String(headers['dpop'])))
    const challenge = 'WWW-Authenticate: DPoP error="use_dpop_nonce"\r\nDPoP-Nonce: the-nonce'
    refuse = () => (proofs().length === 1 ? `401 Unauthorized\r\n${challenge}` : undefined)
    expect(await outcome(connect())).toBe('open')
    expect(proofs().map(({ nonce }) => nonce)).toEqual([undefined, 'the-nonce'])
    const htu = `http://${handshakes[0]!.headers.host}/`
    for (const proof of proofs()) expect(proof).toMatchObject({ htm: 'GET', htu })
    expect(handshakes.map(tokenOf).every((value) => value?.startsWith('DPoP '))).toBe(true)
    // Without an end: twice, and no more.
    handshakes = []
    refuse = () => `401 Unauthorized\r\n${challenge}`
    expect(await outcome(connect())).toBe(502)
    expect(handshakes).toHaveLength(2)
  })
})

describe('B-56 the WebSockets of a session', () => {
  test('are as many as the option says, the next is refused with 429, and one that closes makes room', async () => {
    await start({ maxWebSocketsPerSession: 3 })
    const first = Array.from({ length: 3 }, connect)
    expect(await Promise.all(first.map(outcome))).toEqual(Array(3).fill('open'))
    expect(await outcome(connect())).toBe(429)
    expect(handshakes).toHaveLength(3)
    expect(world.events.at(-1)).toMatchObject({ code: 'too_many_sockets' })
    first[0]!.close()
    await once(first[0]!, 'close')
    await expect.poll(() => outcome(connect())).toBe('open')
  })

  test('are counted while they are being opened, and not after they were refused', async () => {
    await start({ maxWebSocketsPerSession: 2 })
    refuse = () => '403 Forbidden'
    const outcomes = await Promise.all(Array.from({ length: 6 }, () => outcome(connect())))
    expect(new Set(outcomes)).toEqual(new Set([502, 429]))
    refuse = () => undefined
    const next = await Promise.all(Array.from({ length: 2 }, () => outcome(connect())))
    expect(next).toEqual(['open', 'open'])
  })

  test('of another session are its own', async () => {
    await start({ maxWebSocketsPerSession: 1 })
    expect(await outcome(connect())).toBe('open')
    user = new NetworkBrowser(world.origin)
    await user.visit('/bff/login')
    expect(await outcome(connect())).toBe('open')
  })
})

describe('B-52 where sessions are in cookies, a WebSocket', () => {
  test('is opened with the access token of the cookie, and closed with 4401 by a sign-out', async () => {
    await start({ store: sealedCookies() })
    const socket = connect()
    expect(await outcome(socket)).toBe('open')
    socket.send('hello')
    const [echoed] = (await once(socket, 'message')) as [Buffer]
    expect(String(echoed)).toBe('hello')
    expect(tokenOf(handshakes[0]!)).toMatch(/^Bearer ./)
    const closed = once(socket, 'close')
    await user.call('/bff/logout', { method: 'POST' })
    expect((await closed)[0]).toBe(4401)
  })
})
