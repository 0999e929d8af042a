import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Channel } from '../../../src/vault/environment.ts'
import { LocalVault } from '../../../src/vault/keeper/local-vault.ts'
import type { VaultConfig } from '../../../src/vault/vault.ts'
import { isSmallMessage } from '../../../src/vault/worker/message-size.ts'
import { VaultHost } from '../../../src/vault/worker/host.ts'
import type { Answer } from '../../../src/vault/worker/protocol.ts'
import { VaultPool } from '../../../src/vault/worker/vault-pool.ts'
import {
  vaultDevice as device,
  signedInVault as signedIn,
  states,
  type VaultDevice as Device,
} from '../device.ts'

// Nothing that a port sends makes the worker's memory or traffic grow without a bound.

type Reply = { value?: unknown; error?: { code?: string | undefined; message: string } }

function intruder({ world, config }: Pick<Device, 'world' | 'config'>) {
  const host = world.hosts.get(config.name)!
  const replies: Reply[] = []
  const send = host.connect({
    postMessage: (answer: Answer) => void ('id' in answer && replies.push(answer)),
  })
  let id = 0
  return {
    replies,
    send,
    call: (method: string, argument?: unknown) => send({ id: ++id, method, argument }),
  }
}

/** Counts the channels of a worker that are open. */
function countingChannels({ world }: Pick<Device, 'world'>) {
  const thread = world.thread()
  const open = new Set<Channel>()
  const env = {
    ...thread,
    channel(name: string) {
      const channel = thread.channel(name)!
      const counted: Channel = {
        ...channel,
        close() {
          open.delete(counted)
          channel.close()
        },
      }
      open.add(counted)
      return counted
    },
  }
  return { env, open }
}

describe('F17 configurations', () => {
  test('beyond a bound close the ones without a session, with their channels', async () => {
    const made = await device()
    const { env, open } = countingChannels(made)
    const pool = new VaultPool(env)
    for (let n = 0; n < 1000; n++) pool.get({ ...made.config, scope: `s${n}` })
    expect(open.size).toBe(20)
  })

  test('never cost a session, and a page that waits to sign in works on', async () => {
    const made = await signedIn('worker')
    const waiting = await made.opened('worker', { scope: 'openid waiting' })
    const port = intruder(made)
    for (let n = 0; n < 1000; n++) port.call('open', { ...made.config, scope: `s${n}` })
    await made.world.settle()
    expect(await made.vault.open()).toMatchObject({ status: 'live' })
    await made.ask(made.vault, { forceRefresh: true })
    waiting.events.length = 0
    await made.signIn(waiting.vault)
    expect(states(waiting.events)).toMatchObject([{ status: 'live' }])
  })

  test('that all hold a session leave no room, and say so', async () => {
    const made = await device()
    const { env } = countingChannels(made)
    const pool = new VaultPool(env)
    const page = await made.opened('isolated')
    for (let n = 0; n < 20; n++) {
      const { parameters, transaction } = await made.redirect(page.vault)
      const vault = pool.get({ ...made.config, scope: `s${n}` })
      const code = new URLSearchParams(parameters).get('code')!
      await made.pass(vault.exchangeCode({ code, transaction }))
    }
    expect(() => pool.get({ ...made.config, scope: 'one more' })).toThrow(
      expect.objectContaining({ code: 'vault_unavailable' }),
    )
  })

  test('are not closed while a code is exchanged', async () => {
    const made = await device()
    const pool = new VaultPool(made.world.thread())
    const page = await made.opened('isolated')
    const { parameters, transaction } = await made.redirect(page.vault)
    const vault = pool.get(made.config)
    const code = new URLSearchParams(parameters).get('code')!
    const exchanging = vault.exchangeCode({ code, transaction })
    for (let n = 0; n < 100; n++) pool.get({ ...made.config, scope: `s${n}` })
    await made.pass(exchanging)
    expect(pool.get(made.config)).toBe(vault)
    expect(await vault.open()).toMatchObject({ status: 'live' })
  })
})

describe('F17 messages', () => {
  const cyclic: Record<string, unknown> = {}
  cyclic['self'] = cyclic

  test.each<[string, unknown, boolean]>([
    [
      'the longest metadata',
      { metadata: { a: 'x'.repeat(30_000), b: Array(500).fill('x') } },
      true,
    ],
    ['a long text', { state: 'x'.repeat(70_000) }, false],
    ['a long name', { ['x'.repeat(70_000)]: 1 }, false],
    ['many texts', Array.from({ length: 900 }, () => 'x'.repeat(100)), false],
    ['a long list', Array(2000).fill(0), false],
    ['many members', Object.fromEntries(Array.from({ length: 2000 }, (_, n) => [n, n])), false],
    ['a cycle', cyclic, false],
  ])('%s: %#', (_, message, small) => {
    expect(isSmallMessage(message)).toBe(small)
  })

  test.each<[string, object]>([
    ['keepTransaction', { state: 'x'.repeat(70_000) }],
    ['getToken', { scope: 'x'.repeat(5000) }],
    ['getToken', { resource: Array.from({ length: 400 }, (_, n) => `https://${n}.example/long`) }],
    ['exchangeCode', { code: 'x', transaction: { state: 'x'.repeat(5000) } }],
  ])('too large ones are the caller’s mistake: %s', async (method, argument) => {
    const made = await signedIn('worker')
    const port = intruder(made)
    port.call('open', made.config)
    port.call(method, argument)
    await made.world.settle()
    const [mistake] = port.replies.filter(({ error }) => error)
    expect(mistake).toMatchObject({ error: { message: expect.stringMatching(/./) as string } })
    expect(mistake!.error!.code).toBeUndefined()
    expect(made.refreshes()).toEqual([])
  })

  test('of codes with made-up states start few requests', async () => {
    const made = await signedIn('worker')
    const { transaction } = await made.redirect(made.vault)
    made.provider.always('token', () => new Promise<Response>(() => {}))
    const port = intruder(made)
    port.call('open', made.config)
    for (let n = 0; n < 3000; n++) {
      port.call('exchangeCode', { code: 'x', transaction: { ...transaction, state: `s${n}` } })
    }
    await made.world.settle()
    expect(made.provider.requests('token').length).toBeLessThanOrEqual(11)
  })
})

test('F17 more calls than may wait get a typed error that says to come back, and other tabs none', async () => {
  const made = await signedIn('worker')
  const other = await made.opened('worker')
  made.provider.always('token', async (act) => {
    await new Promise<void>((resolve) => void made.world.timer(resolve, 1000))
    return act()
  })
  const port = intruder(made)
  port.call('open', made.config)
  for (let n = 0; n < 5000; n++) port.call('getToken', { scope: `s${n}` })
  await made.world.settle()
  const refused = port.replies.filter(({ error }) => error)
  expect(refused.length).toBeGreaterThanOrEqual(3999)
  expect(refused[0]).toMatchObject({ error: { code: 'timeout', retryAfter: 1000 } })
  const start = made.world.monotonic
  await made.ask(other.vault, { forceRefresh: true })
  expect(made.world.monotonic - start).toBeLessThanOrEqual(2100)
})

test('F17 many ports together fill no queue that the session’s own token needs', async () => {
  const made = await signedIn('worker')
  made.provider.always('token', async (act) => {
    await new Promise<void>((resolve) => void made.world.timer(resolve, 1000))
    return act()
  })
  const ports = Array.from({ length: 3 }, () => intruder(made))
  for (const [n, port] of ports.entries()) {
    port.call('open', made.config)
    for (let i = 0; i < 1000; i++) port.call('getToken', { scope: `s${n}.${i}` })
  }
  await made.world.settle()
  const refused = ports.flatMap(({ replies }) => replies.filter(({ error }) => error))
  expect(refused.length).toBeGreaterThanOrEqual(990)
  const start = made.world.monotonic
  await made.ask(made.vault, { forceRefresh: true })
  expect(made.world.monotonic - start).toBeLessThanOrEqual(2100)
  // Who left has nothing asked for.
  for (const { send } of ports) send({ id: 0, method: 'leave' })
  await made.world.advance(2000)
  const requests = made.refreshes().length
  await made.world.advance(120_000)
  expect(made.refreshes().length).toBeLessThanOrEqual(requests + 1)
  expect(made.world.pendingTimers).toBeLessThan(10)
})

test('F17 keys of providers that transactions make up are forgotten', async () => {
  const made = await device()
  const env = made.world.thread()
  const asked: string[] = []
  const fetch = (url: string) => {
    asked.push(url)
    return Promise.resolve(Response.json({ keys: [] }))
  }
  const vault = new LocalVault(
    { ...env, fetch },
    { ...made.config, metadata: undefined },
    {
      claimOnce: async () => true,
    },
  )
  const page = await made.opened('isolated')
  const { transaction } = await made.redirect(page.vault)
  for (let n = 0; n < 50; n++) {
    const metadata = { ...transaction.metadata, jwks_uri: `https://op.example/jwks/${n}` }
    const made = { ...transaction, state: `s${n}`, metadata }
    await vault.exchangeCode({ code: 'x', transaction: made }).catch(() => {})
  }
  expect(asked.length).toBeLessThanOrEqual(100)
})

test('F17 pages that died without a word are told nothing for ever', async () => {
  const made = await signedIn('worker')
  let told = 0
  const host = made.world.hosts.get(made.config.name)!
  for (let n = 0; n < 3000; n++) {
    const send = host.connect({
      postMessage: (answer: Answer) => void ('event' in answer && told++),
    })
    send({ id: 1, method: 'open', argument: made.config })
  }
  await made.world.settle()
  told = 0
  await made.ask(made.vault, { forceRefresh: true })
  // `running`, the token, `idle`.
  expect(told).toBeLessThanOrEqual(3 * 1000)
  // A page that speaks again is told again, what happens to its session first of all.
  await made.ask(made.vault, { forceRefresh: true })
  expect(made.events.filter(({ type }) => type === 'token').length).toBeGreaterThan(0)
})

type Move =
  | { do: 'open'; config: number }
  | { do: 'call'; method: string; size: number; seed: number }
  | { do: 'leave' }
  | { do: 'tick'; ms: number }

const move: fc.Arbitrary<Move> = fc.oneof(
  fc.record({ do: fc.constant('open' as const), config: fc.nat(200) }),
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('call' as const),
      method: fc.constantFrom('getToken', 'authorize', 'userInfo', 'keepTransaction', 'discover'),
      size: fc.constantFrom(1, 10, 5000, 100_000),
      seed: fc.nat(1_000_000),
    }),
  },
  fc.constant({ do: 'leave' as const }),
  fc.record({ do: fc.constant('tick' as const), ms: fc.nat(3000) }),
)

function argumentOf({ method, size, seed }: Extract<Move, { do: 'call' }>): unknown {
  const scope = `${seed}`.padEnd(size, 'x')
  if (method === 'authorize') return { url: 'https://api.example', need: { scope } }
  if (method === 'userInfo') return scope
  return { scope, state: scope }
}

test('F17 a hostile port, whatever it sends: bounded channels, timers and traffic, and a prompt token for others', async () => {
  const property = fc.asyncProperty(
    fc.array(move, { minLength: 20, maxLength: 120 }),
    async (moves) => {
      const made = await device()
      const { env, open } = countingChannels(made)
      const host = new VaultHost(env)
      made.world.hosts.set(made.config.name, host)
      const { vault } = await made.opened('worker')
      await made.signIn(vault)
      const port = intruder(made)
      const configs = (n: number): VaultConfig => ({ ...made.config, scope: `openid s${n}` })
      port.call('open', made.config)
      for (const one of moves) {
        if (one.do === 'open')
          port.call('open', one.config < 100 ? made.config : configs(one.config))
        else if (one.do === 'leave') port.send({ id: 0, method: 'leave' })
        else if (one.do === 'tick') await made.world.advance(one.ms)
        else
          for (let n = 0; n < 20; n++)
            port.call(one.method, argumentOf({ ...one, seed: one.seed + n }))
      }
      await made.world.settle()
      expect(open.size).toBeLessThanOrEqual(20)
      expect(made.world.pendingTimers).toBeLessThan(2000)
      const start = made.world.monotonic
      await made.ask(vault, { forceRefresh: true })
      expect(made.world.monotonic - start).toBeLessThanOrEqual(2100)
      await made.world.advance(120_000)
      expect(made.world.pendingTimers).toBeLessThan(30)
      expect(await vault.open()).toMatchObject({ status: 'live' })
    },
  )
  await fc.assert(property, { numRuns: 30, interruptAfterTimeLimit: 60_000 })
})
