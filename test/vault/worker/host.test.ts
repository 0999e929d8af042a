import { describe, expect, test } from 'vitest'
import { VaultHost } from '../../../src/vault/worker/host.ts'
import type { Answer } from '../../../src/vault/worker/protocol.ts'
import { workerVault } from '../../../src/vault/worker/client.ts'
import { silentPort } from '../../../src/testing/device/worker-port.ts'
import { failure } from '../../support/outcomes.ts'
import {
  accessToken,
  vaultDevice as device,
  gate,
  signedInVault as signedIn,
  states,
  type VaultDevice as Device,
} from '../device.ts'

/** A script of the same origin with a port of its own. */
function intruder({ world, config }: Pick<Device, 'world' | 'config'>) {
  const host = world.hosts.get(config.name)!
  const heard: Answer[] = []
  const send = host.connect({ postMessage: (message) => void heard.push(structuredClone(message)) })
  return {
    heard,
    send,
    async ask(method: string, argument?: unknown) {
      send({ id: 7, method, argument })
      for (let i = 0; i < 50; i++) {
        await world.settle()
        const at = heard.findIndex((answer) => 'id' in answer && answer.id === 7)
        if (at >= 0)
          return heard.splice(at, 1)[0] as { value?: unknown; error?: { message: string } }
      }
      throw new Error('no answer')
    },
  }
}

const JUNK: unknown[] = [
  undefined,
  null,
  0,
  'open',
  [],
  {},
  { id: '1', method: 'open' },
  { method: 'open' },
  { id: null, method: 'leave' },
  new Map([['id', 1]]),
]

describe('hostile messages', () => {
  test('A-18 get no answer, and stop nothing, when they are no request', async () => {
    const made = await signedIn('worker')
    const { heard, send } = intruder(made)
    for (const message of JUNK) send(message)
    await made.world.settle()
    expect(heard).toEqual([])
    await made.ask(made.vault, { forceRefresh: true })
  })

  test.each<[string, unknown]>([
    ['getToken', {}],
    ['userInfo', undefined],
    ['endSession', { provider: false }],
    ['exchangeCode', { code: '' }],
    ['authorize', { url: 'https://api.example' }],
  ])('are refused before open: %s', async (method, argument) => {
    const made = await signedIn('worker')
    expect(await intruder(made).ask(method, argument)).toMatchObject({
      error: { message: 'open first' },
    })
  })

  test.each(['constructor', '__proto__', 'toString', 'observe', 'close', '', undefined])(
    'are refused with the method %j',
    async (method) => {
      const made = await signedIn('worker')
      const port = intruder(made)
      await port.ask('open', made.config)
      const answer = await port.ask(method as string, {})
      expect(answer.error).toEqual({ message: 'unknown method' })
    },
  )

  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a string', 'x'],
    ['no name', { name: undefined }],
    ['an empty issuer', { issuer: '' }],
    ['a number for a scope', { scope: 7 }],
    ['resources that are no list', { resource: 'https://a.example' }],
    ['resources that are a number', { resource: 7 }],
    ['resources of another type', { resource: [7] }],
    ['metadata of another issuer', { metadata: { issuer: 'https://evil.example' } }],
    ['metadata that is no object', { metadata: 'https://evil.example' }],
    ['an insecure endpoint', { http: true }],
  ])('are refused when they open with %s', async (_, change) => {
    const made = await signedIn('worker')
    const { config } = made
    const argument =
      typeof change !== 'object' || change === null
        ? change
        : 'http' in change
          ? {
              ...config,
              metadata: { ...config.metadata, token_endpoint: 'http://op.example/token' },
            }
          : { ...config, ...change }
    expect(await intruder(made).ask('open', argument)).toHaveProperty('error')
    await made.ask(made.vault)
  })

  test('break no vault and pollute no prototype, with any argument of any method', async () => {
    const made = await signedIn('worker')
    const port = intruder(made)
    await port.ask('open', made.config)
    const polluted: unknown = JSON.parse(
      '{"__proto__":{"hit":1},"constructor":{"prototype":{"hit":1}}}',
    )
    const junk = [
      undefined,
      null,
      7,
      'x',
      [],
      {},
      polluted,
      { transaction: polluted, code: 'x' },
      { transaction: { state: 's' }, code: 'x' },
    ]
    const methods = [
      ...['getToken', 'discover', 'exchangeCode', 'keepTransaction'],
      ...['takeTransaction', 'authorize', 'userInfo'],
    ]
    for (const method of methods) {
      for (const argument of junk) await port.ask(method, argument)
    }
    expect(({} as { hit?: number }).hit).toBeUndefined()
    expect(await made.vault.open()).toMatchObject({ status: 'live', claims: { sub: 'user-1' } })
    expect(states(made.events)).toEqual([])
  })

  test.each<[string, unknown]>([
    ['keepTransaction', { state: 's' }],
    ['keepTransaction', undefined],
    ['takeTransaction', { state: 's' }],
    ['exchangeCode', { code: 'x', transaction: { state: 's' } }],
    ['exchangeCode', { code: 7 }],
    ['getToken', 'https://a.example'],
    ['getToken', [{ resource: [] }]],
    ['getToken', { resource: new Set(['https://a.example']) }],
    ['authorize', { url: 'https://api.example', need: 7 }],
    ['authorize', { need: {} }],
    ['userInfo', { subject: 'user-1' }],
    ['userInfo', null],
    ['endSession', undefined],
    ['endSession', 'now'],
    ['endSession', { provider: false, postLogoutRedirectUri: 7 }],
  ])('are told that %s(%j) is a mistake', async (method, argument) => {
    const made = await signedIn('worker')
    const port = intruder(made)
    await port.ask('open', made.config)
    const { error } = await port.ask(method, argument)
    expect(error).toEqual({ message: expect.stringMatching(/./) as string })
    expect(await made.vault.open()).toMatchObject({ status: 'live' })
    expect(made.events).toEqual([])
  })

  test('leave nothing of a transaction but its own members', async () => {
    const made = await signedIn('worker')
    const port = intruder(made)
    await port.ask('open', made.config)
    const { transaction } = await made.redirect(made.vault)
    await port.ask('keepTransaction', { ...transaction, more: 'x'.repeat(1000) })
    expect(await made.vault.takeTransaction(transaction.state)).toEqual(transaction)
  })

  test('leave no renewal running when getToken refuses their argument', async () => {
    const made = await signedIn('worker')
    const port = intruder(made)
    await port.ask('open', made.config)
    for (const resource of [['x'], 'https://a.example', 7, {}]) {
      expect(await port.ask('getToken', { resource, forceRefresh: true })).toHaveProperty('error')
    }
    expect(made.events).toEqual([])
    expect(made.refreshes()).toEqual([])
  })
})

describe('a vault is what it was opened with', () => {
  test.each<[string, (config: Device['config']) => object]>([
    [
      'endpoints',
      ({ metadata }) => ({
        metadata: { ...metadata, token_endpoint: 'https://evil.example/token' },
      }),
    ],
    [
      'revocation',
      ({ metadata }) => ({
        metadata: { ...metadata, revocation_endpoint: 'https://evil.example' },
      }),
    ],
    ['client', () => ({ clientId: 'other' })],
    ['verification', () => ({ verification: 'tls' })],
    ['scope', () => ({ scope: 'openid' })],
    ['resource', () => ({ resource: ['https://a.example'] })],
    ['name', () => ({ name: 'other' })],
    ['no metadata', () => ({ metadata: undefined })],
  ])('is another, empty one with other %s, and the first is unmoved', async (_, change) => {
    const made = await signedIn('worker')
    const port = intruder(made)
    const { value } = await port.ask('open', { ...made.config, ...change(made.config) })
    expect(value).toEqual({ status: 'empty', reason: 'no_session' })
    expect(await port.ask('getToken', { forceRefresh: true })).toHaveProperty('error')
    await made.ask(made.vault, { forceRefresh: true })
    const urls = new Set(made.provider.requests('token').map(({ url }) => url))
    expect(urls).toEqual(new Set([made.provider.metadata.token_endpoint]))
    expect(made.provider.log.some(({ url }) => url.includes('evil'))).toBe(false)
    expect(states(made.events)).toEqual([])
  })

  test('is heard by a port that opened two only if it is the second', async () => {
    const made = await signedIn('worker')
    const port = intruder(made)
    await port.ask('open', made.config)
    await port.ask('open', { ...made.config, scope: 'openid' })
    await made.ask(made.vault, { forceRefresh: true })
    expect(port.heard).toEqual([])
  })

  test('is heard once by a port that opened it twice', async () => {
    const made = await signedIn('worker')
    await made.vault.open()
    await made.vault.open()
    await made.ask(made.vault, { forceRefresh: true })
    expect(made.events.filter(({ type }) => type === 'token').length).toBe(1)
  })
})

describe('endpoints that only a transaction vouches for', () => {
  const evil = (metadata: object) => ({ ...metadata, token_endpoint: 'https://evil.example/token' })

  async function withoutMetadata(kind: 'worker' | 'isolated' = 'worker') {
    const made = await device()
    return { ...made, ...(await made.opened(kind, { metadata: undefined })) }
  }

  test('do not move a family that is open', async () => {
    const made = await withoutMetadata()
    const { vault, redirect, complete, signIn, pass, provider, ask } = made
    await signIn(vault)
    const { parameters, transaction } = await redirect(vault)
    const forged = { ...transaction, metadata: evil(transaction.metadata) as never }
    await pass(complete(vault, { parameters, transaction: forged }))
    await ask(vault, { forceRefresh: true })
    expect(provider.log.filter(({ url }) => url.includes('evil'))).toEqual([])
  })

  test('speak for one exchange, not for the next', async () => {
    const made = await device()
    // As after a redirect for which the worker died: it never discovered anything.
    const before = await made.opened('isolated')
    const { parameters, transaction } = await made.redirect(before.vault)
    const { vault } = await made.opened('worker', { metadata: undefined })
    const forged = { ...transaction, metadata: evil(transaction.metadata) as never }
    await failure(made.pass(made.complete(vault, { parameters, transaction: forged })))
    expect((await vault.discover()).token_endpoint).toBe(made.provider.metadata.token_endpoint)
    expect(made.provider.requests('discovery').length).toBe(1)
    await made.signIn(vault)
    expect(made.provider.log.filter(({ url }) => url.includes('evil')).length).toBe(1)
  })

  test('count for nothing when a session began meanwhile', async () => {
    const made = await device()
    const before = await made.opened('isolated')
    const [one, two] = [await made.redirect(before.vault), await made.redirect(before.vault)]
    const { vault } = await made.opened('worker', { metadata: undefined })
    const { behaviour, open } = gate()
    made.provider.next('token', behaviour)
    const moved = {
      ...one.transaction.metadata,
      revocation_endpoint: 'https://evil.example/revoke',
    }
    const transaction = { ...one.transaction, metadata: moved }
    const waiting = failure(made.complete(vault, { ...one, transaction }))
    await made.world.settle()
    await made.pass(made.complete(vault, two))
    open()
    expect((await made.pass(waiting)).code).toBe('user_mismatch')
    const token = accessToken(await made.ask(vault))
    expect(await vault.open()).toMatchObject({ token: { response: { access_token: token } } })
  })

  test('save the discovery where the worker died during the redirect', async () => {
    const made = await device()
    const before = await made.opened('isolated')
    const response = await made.redirect(before.vault)
    const { vault } = await made.opened('worker', { metadata: undefined })
    expect(await made.pass(made.complete(vault, response))).toMatchObject({ status: 'live' })
    expect(made.provider.requests('discovery')).toEqual([])
  })

  test('are discovered once for many callers, and again after a failure', async () => {
    const { vault, provider, redirect, pass } = await withoutMetadata()
    provider.next('discovery', () => Promise.reject(new TypeError('Failed to fetch')))
    expect((await failure(pass(redirect(vault)))).code).toBe('network')
    await Promise.all([redirect(vault), redirect(vault), redirect(vault)])
    expect(provider.requests('discovery').length).toBe(2)
  })
})

describe('the port', () => {
  test('settles every promise when the worker does not answer', async () => {
    const { world, config } = await device()
    const vault = workerVault(world.thread(), silentPort(), config)
    const all = Promise.all([
      failure(vault.open()),
      failure(vault.getToken({})),
      failure(vault.endSession({ provider: true })),
    ])
    await world.advance(60_000)
    for (const error of await all) {
      expect(error).toMatchObject({ code: 'vault_unavailable', recoverable: true })
    }
  })

  test('U21 tells callers of a slow provider that it took too long, not that the worker is lost', async () => {
    const made = await signedIn('worker')
    made.provider.always('token', async (act) => {
      await new Promise<void>((resolve) => void made.world.timer(resolve, 9000))
      return act()
    })
    const needs = [1, 2, 3, 4, 5, 6].map((n) => ({ resource: [`https://api.example/${n}`] }))
    const all = Promise.allSettled(needs.map((need) => made.vault.getToken(need)))
    const info = made.vault.userInfo()
    await made.world.advance(60_000)
    const late = (await all).filter((result) => result.status === 'rejected')
    expect(late.length).toBeGreaterThan(0)
    expect(late.length).toBeLessThan(6)
    for (const { reason } of late) {
      expect(reason).toMatchObject({ code: 'timeout', recoverable: true })
    }
    await info
    // The queue went on.
    for (const need of needs) await made.ask(made.vault, need)
    expect(made.refreshes().length).toBe(6)
  })

  test('tells waiting callers at once when it is closed', async () => {
    const { world, config } = await device()
    const vault = workerVault(world.thread(), silentPort(), config)
    const waiting = failure(vault.getToken({}))
    vault.close()
    expect((await waiting).code).toBe('vault_unavailable')
    expect(world.pendingTimers).toBe(0)
  })

  test('refuses at once a value that cannot be copied, as the caller’s mistake', async () => {
    const { vault, world } = await signedIn('worker')
    const before = world.pendingTimers
    await expect(vault.getToken({ scope: (() => 7) as never })).rejects.toThrow(TypeError)
    expect(world.pendingTimers).toBe(before)
  })

  test('breaks no other when it throws', async () => {
    const made = await signedIn('worker')
    const host = made.world.hosts.get(made.config.name)!
    const send = host.connect({
      postMessage() {
        throw new DOMException('gone', 'DataCloneError')
      },
    })
    send({ id: 1, method: 'open', argument: made.config })
    send({ id: 2, method: 'getToken', argument: {} })
    await made.world.settle()
    const thrown: unknown[] = []
    const note = (error: unknown) => void thrown.push(error)
    process.on('uncaughtException', note)
    try {
      await made.ask(made.vault, { forceRefresh: true })
    } finally {
      process.off('uncaughtException', note)
    }
    expect(thrown).toEqual([])
  })

  test('carries nothing after leave, until the next open', async () => {
    const made = await signedIn('worker')
    made.vault.leave()
    await made.world.settle()
    const other = await made.opened('worker')
    await made.ask(other.vault, { forceRefresh: true })
    expect(made.events).toEqual([])
    expect(await made.vault.open()).toMatchObject({ status: 'live' })
    await made.ask(other.vault, { forceRefresh: true })
    expect(made.events.filter(({ type }) => type === 'token').length).toBe(1)
  })

  test('U1 U2 serves eight tabs of one worker with one request, and tells all eight', async () => {
    const made = await signedIn('worker')
    const tabs = [
      made,
      ...(await Promise.all(Array.from({ length: 7 }, () => made.opened('worker')))),
    ]
    made.world.sleep(7_200_000)
    const tokens = await Promise.all(tabs.map(({ vault }) => made.ask(vault)))
    expect(new Set(tokens.map(accessToken)).size).toBe(1)
    expect(made.refreshes().length).toBe(1)
    for (const { events } of tabs) {
      expect(events.filter(({ type }) => type === 'token').length).toBe(1)
    }
  })

  test('U8 finds the session after a reload without a request', async () => {
    const made = await signedIn('worker')
    made.close()
    const requests = made.provider.log.length
    const { vault } = await made.opened('worker')
    expect(await vault.open()).toMatchObject({ status: 'live', renewable: true })
    expect(made.provider.log.length).toBe(requests)
  })

  test('tells an old worker of a sign-out in a new one, and nothing else', async () => {
    const made = await signedIn('worker')
    const other = made.world.tab({ worker: new VaultHost(made.world.thread()) })
    const vault = workerVault(
      other.env,
      other.env.startWorker('new', undefined, () => {})!,
      made.config,
    )
    expect(await vault.open()).toMatchObject({ status: 'empty' })
    await made.ask(made.vault, { forceRefresh: true })
    await vault.endSession({ provider: false })
    await made.world.settle()
    expect(await made.vault.open()).toEqual({ status: 'empty', reason: 'signed_out_elsewhere' })
    expect(made.provider.revoked).toEqual([made.latest()])
  })
})
