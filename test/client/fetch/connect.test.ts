import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type {
  ConnectionStart,
  ConnectOptions,
} from '../../../src/client/fetch/connection-options.ts'
import '../lazy.ts'
import { appDevice, signedInApp, type AppDevice, type App } from '../setup.ts'
import { refusal } from '../../../src/testing/provider/responses.ts'
import { bffApps } from '../modes/bff-device.ts'

/** As a WebSocket: says when it is lost. */
class Socket extends EventTarget {
  readonly start: ConnectionStart
  isClosed = false

  constructor(start: ConnectionStart) {
    super()
    this.start = start
  }

  close(): void {
    this.isClosed = true
    this.dispatchEvent(new Event('close'))
  }

  lose(): void {
    this.dispatchEvent(new Event('close'))
  }
}

async function connected(on: AppDevice, { client }: App) {
  const sockets: Socket[] = []
  const end = client.connect({
    open(start) {
      sockets.push(new Socket(start))
      return sockets.at(-1)!
    },
  })
  onTestFinished(end)
  await on.world.settle()
  const open = () => sockets.filter(({ isClosed }) => !isClosed)
  return { sockets, open, end }
}

describe('connect', () => {
  test('leaves nothing open where the function that opens it ends it', async () => {
    const on = await signedInApp()
    const sockets: Socket[] = []
    const end = on.client.connect({
      open(start) {
        end()
        sockets.push(new Socket(start))
        return sockets[0]!
      },
    })
    await on.world.settle()
    expect(sockets.map(({ isClosed }) => isClosed)).toEqual([true])
  })

  test.each([{}, { open: 'wss://api.example/live' }])(
    'names the option where an application gives %j',
    async (options) => {
      const on = await signedInApp()
      on.client.connect(options as unknown as ConnectOptions)
      await on.world.settle()
      await expect(on.world.advance(1)).rejects.toThrow('auth.connect: `open` must be a function')
    },
  )

  test('opens with a token that is valid, and leaves the connection open when the token is renewed', async () => {
    const on = await signedInApp()
    const { sockets } = await connected(on, on)
    expect(sockets).toHaveLength(1)
    expect(sockets[0]!.start).toMatchObject({
      subject: 'user-1',
      accessToken: await on.client.getAccessToken(),
    })
    await on.world.advance(5000)
    await on.client.getAccessToken({ forceRefresh: true })
    await on.world.settle()
    expect(sockets).toHaveLength(1)
    expect(sockets[0]!.isClosed).toBe(false)
  })

  test('waits for a user, and opens as one signs in', async () => {
    const on = await appDevice()
    const app = on.open()
    const before = await connected(on, app)
    expect(before.sockets).toHaveLength(0)
    const after = await on.signIn(app)
    const { sockets } = await connected(on, after)
    expect(sockets).toHaveLength(1)
  })

  test('opens again when it is lost, with growing pauses and a token that is valid then', async () => {
    const on = await signedInApp({}, { expiresIn: 60 })
    const { sockets } = await connected(on, on)
    const first = sockets[0]!.start.accessToken
    // The token is over meanwhile.
    await on.world.advance(120_000)
    sockets[0]!.lose()
    await on.world.advance(1000)
    expect(sockets).toHaveLength(2)
    expect(sockets[1]!.start.accessToken).not.toBe(first)
    const opened = []
    for (let i = 1; i <= 6; i++) {
      sockets.at(-1)!.lose()
      const before = sockets.length
      await on.world.advance(500 * 2 ** i - 1)
      expect(sockets).toHaveLength(before)
      await on.world.advance(500 * 2 ** i + 1)
      opened.push(sockets.length - before)
    }
    expect(opened).toEqual([1, 1, 1, 1, 1, 1])
  })

  test('opens again at once when the user or the network is back', async () => {
    const on = await signedInApp()
    const { sockets } = await connected(on, on)
    for (let i = 0; i < 5; i++) {
      sockets.at(-1)!.lose()
      await on.world.advance(60_000)
    }
    sockets.at(-1)!.lose()
    const before = sockets.length
    on.tab.emit('wake')
    await on.world.settle()
    expect(sockets).toHaveLength(before + 1)
  })

  test('U19 is closed by a sign-out, here or elsewhere, and opened no more', async () => {
    const on = await signedInApp()
    const { sockets, open } = await connected(on, on)
    await on.client.signOut({ provider: false })
    expect(open()).toEqual([])
    expect(sockets[0]!.start.signal.aborted).toBe(true)
    await on.world.advance(120_000)
    expect(sockets).toHaveLength(1)
  })

  test('is closed when the session ends', async () => {
    const on = await signedInApp()
    const { open, sockets } = await connected(on, on)
    on.provider.always('token', () => refusal('invalid_grant'))
    await on.client.getAccessToken({ forceRefresh: true }).catch(() => {})
    await on.world.settle()
    expect(on.client.getSession().status).toBe('expired')
    expect(open()).toEqual([])
    expect(sockets).toHaveLength(1)
  })

  test('is closed before the page goes into the back-forward cache, and opened when it comes back', async () => {
    const on = await signedInApp()
    const { sockets, open } = await connected(on, on)
    on.tab.enterBackForwardCache()
    expect(open()).toEqual([])
    await on.world.advance(60_000)
    on.tab.leaveBackForwardCache()
    await on.world.settle()
    expect(sockets).toHaveLength(2)
    expect(open()).toHaveLength(1)
  })

  test('goes on while the provider is away, as soon as it is back', async () => {
    const on = await signedInApp({}, { expiresIn: 60 })
    const { sockets } = await connected(on, on)
    await on.world.advance(120_000)
    on.world.online = false
    sockets[0]!.lose()
    await on.world.advance(60_000)
    expect(sockets).toHaveLength(1)
    on.world.online = true
    await on.world.advance(120_000)
    expect(sockets).toHaveLength(2)
  })

  test('takes a promise for a connection, as long as it is pending', async () => {
    const on = await signedInApp()
    const starts: ConnectionStart[] = []
    const settle: (() => void)[] = []
    const end = on.client.connect({
      open(start) {
        starts.push(start)
        return new Promise<void>((resolve, reject) => {
          settle.push(starts.length === 1 ? resolve : () => reject(new Error('reset')))
        })
      },
    })
    await on.world.settle()
    settle[0]!()
    await on.world.advance(1000)
    settle[1]!()
    await on.world.advance(2000)
    expect(starts).toHaveLength(3)
    end()
    expect(starts[2]!.signal.aborted).toBe(true)
    settle[2]!()
    await on.world.advance(60_000)
    expect(starts).toHaveLength(3)
  })

  test('opens nothing any more when it was ended, also before its part of the program was there', async () => {
    const on = await signedInApp()
    const open = vi.fn()
    on.client.connect({ open })()
    await on.world.advance(60_000)
    expect(open).not.toHaveBeenCalled()
  })

  test('leaves no listener behind', async () => {
    const on = await signedInApp()
    const before = on.tab.listeners
    const { end } = await connected(on, on)
    expect(on.tab.listeners).toBe(before + 1)
    end()
    expect(on.tab.listeners).toBe(before)
  })

  test('behind a backend that keeps the token gives none, for the cookie goes along', async () => {
    const apps = bffApps({ mediated: false })
    const { client } = await apps.signedIn()
    const starts: ConnectionStart[] = []
    const end = client.connect({
      open(start) {
        starts.push(start)
        return new Socket(start)
      },
    })
    await apps.world.settle()
    end()
    expect(starts).toMatchObject([{ accessToken: undefined, subject: 'user-1' }])
  })
})
