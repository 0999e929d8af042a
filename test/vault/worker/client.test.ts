import { describe, expect, test } from 'vitest'
import { workerVault } from '../../../src/vault/worker/client.ts'
import type { BrowserVault } from '../../../src/vault/vault.ts'
import { silentPort as deaf } from '../../../src/testing/device/worker-port.ts'
import { failure } from '../../support/outcomes.ts'
import { vaultDevice as device, signedInVault as signedIn } from '../device.ts'

describe('F16 a dead worker', () => {
  test.each<[string, (vault: BrowserVault) => Promise<unknown>]>([
    ['open', (vault) => vault.open()],
    ['endSession', (vault) => vault.endSession({ provider: true })],
    ['keepTransaction', (vault) => vault.keepTransaction({} as never)],
    ['takeTransaction', (vault) => vault.takeTransaction('state')],
    ['idTokenHint', (vault) => vault.idTokenHint()],
  ])('is found out by %s within seconds, for it needs no network', async (_, call) => {
    const { world, config } = await device()
    const port = deaf()
    const vault = workerVault(world.thread(), port, config)
    // It lived when the page opened it.
    const opened = vault.open()
    const data = { id: 1, value: { status: 'empty', reason: 'no_session' } }
    port.onmessage?.call(port as MessagePort, { data } as MessageEvent)
    await opened
    const waiting = failure(call(vault))
    await world.advance(5000)
    expect(await waiting).toMatchObject({ code: 'vault_unavailable', recoverable: true })
  })

  test.each<[string, (vault: BrowserVault) => Promise<unknown>]>([
    // Its file may still be on its way.
    ['the first open', (vault) => vault.open()],
    ['getToken', (vault) => vault.getToken({})],
    ['userInfo', (vault) => vault.userInfo()],
    ['exchangeCode', (vault) => vault.exchangeCode({} as never)],
  ])(
    'is found out by %s after the longest answer of a slow provider or network',
    async (_, call) => {
      const { world, config } = await device()
      const vault = workerVault(world.thread(), deaf(), config)
      let over = 0
      const waiting = failure(call(vault)).finally(() => (over = world.monotonic))
      const start = world.monotonic
      await world.advance(60_000)
      await waiting
      expect(over - start).toBeGreaterThan(40_000)
    },
  )
})

describe.each<[string, (vault: BrowserVault) => Promise<unknown>]>([
  ['getToken', (vault) => vault.getToken({ forceRefresh: true })],
  ['authorize', (vault) => vault.authorize({ url: '/', need: { forceRefresh: true } })],
  ['userInfo', (vault) => vault.userInfo()],
  ['exchangeCode', (vault) => vault.exchangeCode({ code: 'c' } as never)],
])('F16 a worker that dies while it works on %s', (name, call) => {
  test(`F16 is found out by a ping that it does not answer, within ten seconds: ${name}`, async () => {
    const { vault, world } = await signedIn('worker')
    let over: number | undefined
    const start = world.monotonic
    world.killWorker()
    const waiting = failure(call(vault)).finally(() => (over = world.monotonic - start))
    await world.advance(10_000)
    expect(await waiting).toMatchObject({ code: 'vault_unavailable', recoverable: true })
    expect(over).toBe(10_000)
  })
})

test('F16 a worker that died is found out within ten seconds, also by a page that asks again and again', async () => {
  const { vault, world } = await signedIn('worker')
  world.killWorker()
  const first = failure(vault.getToken({ forceRefresh: true }))
  let over = false
  void first.finally(() => (over = true))
  for (let more = 0; more < 5; more++) {
    await world.advance(2000)
    void failure(vault.getToken({ forceRefresh: true }))
  }
  await world.settle()
  expect(over).toBe(true)
  expect(await first).toMatchObject({ code: 'vault_unavailable' })
})

test('F16 a worker that lives is waited for, however slow its provider is, and pinged no more than needed', async () => {
  const { vault, tab, provider, world, pass } = await signedIn('worker')
  let release!: () => void
  const held = new Promise<void>((resolve) => (release = resolve))
  provider.next('token', (act) => held.then(act))
  const waiting = vault.getToken({ forceRefresh: true })
  await world.settle()
  const { sent } = tab.toWorker
  await world.advance(25_000)
  expect(tab.toWorker.sent - sent).toBe(1)
  release()
  expect((await pass(waiting)).response.access_token).toMatch(/^at-/)
  // Nothing of it is left.
  await world.advance(60_000)
  expect(world.pendingTimers).toBe(0)
})

test('F16 a page that stood still reads the answer to its ping before it takes the worker for dead', async () => {
  const { config } = await device()
  let timers: { run: () => void; ms: number }[] = []
  const timer = (run: () => void, ms: number) => {
    const one = { run, ms }
    timers.push(one)
    return () => void (timers = timers.filter((other) => other !== one))
  }
  /** What was due while the page stood still runs first: a browser owes no order between timers and messages. */
  const wake = () => {
    const due = timers.filter(({ ms }) => ms <= 5000)
    timers = timers.filter((one) => !due.includes(one))
    due.forEach(({ run }) => run())
  }
  const port = deaf()
  const requests: { id: number; method: string }[] = []
  port.postMessage = (request: { id: number; method: string }) => void requests.push(request)
  const reply = (method: string, value: unknown) => {
    const { id } = requests.find((request) => request.method === method)!
    port.onmessage?.call(port as MessagePort, { data: { id, value } } as MessageEvent)
  }
  const vault = workerVault({ timer }, port, config)
  const opened = vault.open()
  reply('open', { status: 'empty', reason: 'no_session' })
  await opened
  const waiting = vault.getToken({})
  wake()
  expect(requests.at(-1)?.method).toBe('ping')
  wake()
  reply('ping', undefined)
  for (let more = 0; more < 10; more++) wake()
  reply('getToken', 'the token')
  expect(await waiting).toBe('the token')
})

describe('F18 metadata that cannot be cloned', () => {
  class Metadata {
    issuer = ''
    supports() {
      return true
    }
  }

  test.each<[string, (metadata: object) => object]>([
    ['has a method', (metadata) => ({ ...metadata, supportsPKCE: () => true })],
    ['is of a class', (metadata) => Object.assign(new Metadata(), metadata)],
    ['is behind a Proxy', (metadata) => new Proxy(metadata, {})],
    ['has members behind a Proxy', (metadata) => ({ ...metadata, more: new Proxy([1], {}) })],
  ])('is copied where it %s', async (_, change) => {
    const made = await device()
    const metadata = change(made.config.metadata!) as never
    const { vault } = await made.opened('worker', { metadata })
    expect(await made.signIn(vault)).toMatchObject({ status: 'live' })
    // The same vault as that of a page with plain metadata.
    expect(await (await made.opened('worker')).vault.open()).toMatchObject({ status: 'live' })
  })

  test('is a TypeError where no copy can be made, and not the worker’s silence', async () => {
    const made = await device()
    const metadata: Record<string, unknown> = { ...made.config.metadata }
    metadata['self'] = metadata
    const config = { ...made.config, metadata: metadata as never }
    expect(() => workerVault(made.world.thread(), deaf(), config)).toThrow(TypeError)
  })

  test('a configuration that the worker does not take is a TypeError of open', async () => {
    const made = await device()
    const { env } = made.world.tab()
    const port = env.startWorker('evertoken.1.test', undefined, () => {})!
    const vault = workerVault(env, port, { ...made.config, scope: 7 as never })
    await expect(vault.open()).rejects.toThrow(TypeError)
  })
})

test('F17 a page that is hidden waits for no token, and gets no message', async () => {
  const made = await signedIn('worker')
  made.world.sleep(7_200_000)
  let release!: () => void
  const held = new Promise<void>((resolve) => (release = resolve))
  made.provider.next('token', (act) => held.then(act))
  const waiting = failure(made.vault.getToken({}))
  await made.world.settle()
  made.vault.leave()
  expect(await waiting).toMatchObject({ code: 'aborted', recoverable: true })
  await made.world.settle()
  const heard = made.events.length
  release()
  await made.world.settle()
  expect(made.events.length).toBe(heard)
  // What was sent went on: the page finds the token when it is back.
  await made.vault.open()
  await made.ask(made.vault)
  expect(made.refreshes().length).toBe(1)
})
