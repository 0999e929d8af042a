import { createClient, createCluster } from 'redis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { SessionStore } from '../../../src/bff/sessions/session-store.ts'
import {
  createRedisStore,
  redisClientSettings,
  type RedisStoreOptions,
} from '../../../src/bff/sessions/redis-store.ts'
import { sessionStoreContract } from '../../../src/testing/session-store-contract.ts'
import { HOUR, sessionsFrom, times } from '../../../src/testing/session-store/setup.ts'
import { failure } from '../../support/outcomes.ts'
import { freePort, startRedis, type RedisServer } from '../../support/redis-server.ts'

const now = (): number => Date.now()
const wait = async (ms: number) => await new Promise<void>((resolve) => setTimeout(resolve, ms))
// A machine that is busy must not make fail what is not about deadlines.
const PATIENT = 10_000

let redis: RedisServer
const connect = () => createClient({ url: redis.url, ...redisClientSettings })
let clients: ReturnType<typeof connect>[]

beforeAll(async () => {
  redis = await startRedis()
  clients = [connect(), connect()]
  await Promise.all(clients.map((client) => client.connect()))
})
afterAll(async () => {
  for (const client of clients) client.destroy()
  await redis.remove()
})

let prefixes = 0
const newPrefix = (): string => `test-${(prefixes += 1)}`

function redisStores() {
  const prefix = newPrefix()
  const [one, two] = clients.map((client) =>
    createRedisStore({ client, prefix, deadlineMs: PATIENT }),
  )
  return { one: one!, two: two!, prefix, client: clients[0]!, close: async () => {} }
}

/** A store through a function in the place of a client, and what it was asked. */
function counted() {
  const asked: string[] = []
  const store = createRedisStore({
    async evaluate(script, keys, values) {
      asked.push(keys.join())
      return await clients[0]!.sendCommand([
        'EVAL',
        script,
        String(keys.length),
        ...keys,
        ...values,
      ])
    },
    prefix: newPrefix(),
    deadlineMs: PATIENT,
  })
  return { store, asked }
}

describe.concurrent('the contract of session stores, in Redis by two connections,', () => {
  const open = async () => redisStores()
  test.each(sessionStoreContract({ open, now, wait }))('$title', async ({ run }) => await run())
})

describe('the contract of session stores, in a Redis Cluster,', () => {
  let server: RedisServer
  let cluster: ReturnType<typeof createCluster>
  beforeAll(async () => {
    server = await startRedis({ args: ['--cluster-enabled', 'yes'] })
    const node = await createClient({ url: server.url }).connect()
    await node.sendCommand(['CLUSTER', 'ADDSLOTSRANGE', '0', '16383'])
    const info = async () => String(await node.sendCommand(['CLUSTER', 'INFO']))
    while (!(await info()).includes('state:ok')) await wait(10)
    node.destroy()
    cluster = createCluster({ rootNodes: [{ url: server.url }], defaults: redisClientSettings })
    await cluster.connect()
  })
  afterAll(async () => {
    cluster.destroy()
    await server.remove()
  })
  const open = async () => {
    const options = { client: cluster, prefix: newPrefix(), deadlineMs: PATIENT }
    return { one: createRedisStore(options), two: createRedisStore(options), close: async () => {} }
  }
  describe.concurrent('case by case:', () => {
    test.each(sessionStoreContract({ open, now, wait }))('$title', async ({ run }) => await run())
  })
})

test('needs one round trip for a session check, and one for a write', async () => {
  const { store, asked } = counted()
  const { key, ...record } = sessionsFrom(now())({ lookupSid: 'sid-1' })
  await store.create({ key, ...record })
  const steps: [name: string, step: () => Promise<unknown>][] = [
    ['get', async () => expect(await store.get(key)).not.toBeNull()],
    ['touch', async () => await store.touch(key, record)],
    ['replace', async () => expect(await store.replace(key, 1, { key, ...record })).toBe(true)],
    ['lease', async () => expect(await store.lease(key, 'a', HOUR)).toBe('got')],
    ['renew', async () => expect(await store.renew(key, 'a', HOUR)).toBe(true)],
    ['release', async () => await store.release(key, 'a')],
    ['once', async () => expect(await store.once('jti', HOUR)).toBe(true)],
    ['taken', async () => expect(await store.taken('jti')).toBeGreaterThan(0)],
  ]
  for (const [name, step] of steps) {
    asked.length = 0
    await step()
    expect(asked.length, name).toBe(1)
  }
})

test('keeps all keys of a session in one hash slot, and sets an end to every key', async () => {
  const { one, prefix, client } = redisStores()
  const session = sessionsFrom(now())
  const record = session({
    lookupSid: 'sid-1',
    idleUntil: now() + HOUR,
    absoluteUntil: now() + 2 * HOUR,
  })
  await one.create(record)
  await one.lease(record.key, 'a', HOUR)
  await one.once('jti', HOUR)
  const keys = await client.keys(`${prefix}:*`)
  expect(keys.length).toBe(5)
  const own = keys.filter((key) => key.includes(record.key))
  expect(own).toHaveLength(2)
  // What stands in the first braces decides the slot.
  for (const key of own) expect(/\{(.*?)\}/.exec(key)?.[1], key).toBe(record.key)
  for (const key of keys) {
    const ttl = await client.pTTL(key)
    const limit = key.includes(':sid:') || key.includes(':sub:') ? 2 * HOUR : HOUR
    expect(ttl, key).toBeGreaterThan(limit - 60_000)
    expect(ttl, key).toBeLessThanOrEqual(limit)
  }
})

test('leaves nothing of a session in Redis when it is deleted', async () => {
  const { one, two, prefix, client } = redisStores()
  const session = sessionsFrom(now())
  const records = times(3).map((i) => session({ lookupSid: `sid-${i}` }))
  for (const record of records) await one.create(record)
  await one.delete(records[0]!.key)
  expect(await two.deleteBy({ lookupSid: 'sid-1' })).toBe(1)
  expect(await two.deleteBy({ lookupSub: 'sub-1' })).toBe(1)
  expect(await client.keys(`${prefix}:*`)).toEqual([])
})

test('forgets in its indexes the sessions that ended by themselves', async () => {
  const { one, prefix, client } = redisStores()
  const session = sessionsFrom(now())
  for (const _ of times(20)) await one.create(session({ absoluteUntil: now() - 2_000 }))
  await one.create(session())
  expect(await client.zCard(`${prefix}:sub:sub-1`)).toBe(1)
})

test('needs at most 1.2 KiB of Redis for a session beside its sealed contents', async () => {
  const client = clients[0]!
  const store = createRedisStore({ client, deadlineMs: PATIENT })
  const hash = (i: number): string => `${i}`.padStart(43, 'h')
  const session = sessionsFrom(now())
  const blob = 'b'.repeat(1_780)
  const add = async (first: number, count: number): Promise<void> => {
    for (const i of times(count).map((i) => first + i)) {
      const lookups = { lookupSub: hash(i), lookupSid: hash(i + 10_000) }
      await store.create(session({ key: hash(i + 20_000), ...lookups, blob }))
    }
  }
  await add(0, 100)
  const before = await usedMemory(client)
  await add(100, 1_000)
  const each = ((await usedMemory(client)) - before) / 1_000
  console.log(`figure: ${Math.round(each)} bytes of Redis for a session of ${blob.length} sealed`)
  expect(await client.exists(`evertoken:{${hash(20_000)}}:session`)).toBe(1)
  expect(each - blob.length).toBeLessThan(1.2 * 1_024)
})

async function usedMemory(client: ReturnType<typeof connect>): Promise<number> {
  const info = await client.info('memory')
  return Number(/used_memory:(\d+)/.exec(info)![1])
}

describe('while Redis is away,', () => {
  const calls = (store: SessionStore): Promise<unknown>[] => {
    const record = sessionsFrom(now())({ key: 'other' })
    return [
      store.create(record),
      store.get(record.key),
      store.replace(record.key, 1, record),
      store.touch(record.key, record),
      store.delete(record.key),
      store.deleteBy({ lookupSub: 'sub' }),
      store.lease('key', 'a', HOUR),
      store.renew('key', 'a', HOUR),
      store.release('key', 'a'),
      store.once('name', HOUR),
      store.taken('name'),
    ]
  }

  async function alone(options: Omit<RedisStoreOptions, 'client'> = {}) {
    const server = await startRedis({ durable: true })
    const client = createClient({ url: server.url, ...redisClientSettings })
    const store = createRedisStore({ client, ...options })
    const record = sessionsFrom(now())()
    await expect
      .poll(async () => await store.create(record).then(() => 'created', String))
      .toBe('created')
    const close = async (): Promise<void> => {
      client.destroy()
      await server.remove()
    }
    return { server, client, store, record, close }
  }

  test('B-60 says so of every method, sends nothing later, and is back without help', async () => {
    const { server, store, record, close } = await alone()
    await server.kill()
    for (const call of calls(store)) {
      expect(await failure(call)).toMatchObject({ code: 'store_unavailable', recoverable: true })
    }
    await server.start()
    await expect
      .poll(async () => await store.get(record.key).catch(String))
      .toMatchObject({ version: 1 })
    // None of what was refused has been done since.
    expect(await store.taken('name')).toBe(0)
    expect(await store.lease('key', 'b', HOUR)).toBe('got')
    await close()
  })

  test('B-60 says so when it hangs, and goes on when it answers again', async () => {
    const { server, store, record, close } = await alone({ deadlineMs: 50 })
    server.freeze()
    for (const call of calls(store)) {
      expect(await failure(call)).toMatchObject({ code: 'store_unavailable' })
    }
    server.thaw()
    await expect
      .poll(async () => await store.get(record.key).catch(String))
      .toMatchObject({ key: 'key-1' })
    await close()
  })

  test('starts without it, and finds it when it comes', async () => {
    const port = await freePort()
    const client = createClient({ url: `redis://127.0.0.1:${port}`, ...redisClientSettings })
    const store = createRedisStore({ client })
    expect(await failure(store.get('key'))).toMatchObject({ code: 'store_unavailable' })
    const server = await startRedis({ port })
    await expect.poll(async () => await store.get('key').catch(String)).toBeNull()
    client.destroy()
    await server.remove()
  })
})

test.each<[name: string, options: RedisStoreOptions]>([
  ['client', {}],
  ['client', undefined as unknown as RedisStoreOptions],
  ['client', { client: {} as never }],
  ['client', { client: { eval() {}, on() {} } as never, evaluate: async () => 1 }],
  ['evaluate', { evaluate: 'eval' as never }],
  ['prefix', { evaluate: async () => 1, prefix: '' }],
  ['prefix', { evaluate: async () => 1, prefix: 'a{b}' }],
  ['deadlineMs', { evaluate: async () => 1, deadlineMs: 0 }],
  ['deadlineMs', { evaluate: async () => 1, deadlineMs: Number.POSITIVE_INFINITY }],
])('refuses a wrong option, and names it: %s', (name, options) => {
  expect(() => createRedisStore(options)).toThrow(TypeError)
  expect(() => createRedisStore(options)).toThrow(new RegExp(`^${name}:`))
})
