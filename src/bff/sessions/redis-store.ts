import { runtimeEnvironment, type BffEnvironment } from '../environment.ts'
import { assertNames } from '../check-names.ts'
import {
  accessBy,
  RedisConnection,
  type EvaluateScript,
  type RedisClient,
} from './redis-connection.ts'
import {
  readLookups,
  readSession,
  SID_PLACE,
  SUB_PLACE,
  VERSION_PLACE,
  writeSession,
  type Lookups,
} from './redis-record.ts'
import * as scripts from './redis-scripts.ts'
import type {
  NewSessionRecord,
  SessionIndex,
  SessionRecord,
  SessionStore,
} from './session-store.ts'

/** Options of `createRedisStore`: `client` or `evaluate`, and no more is needed. */
export interface RedisStoreOptions {
  /** A client of the `redis` package, connected or not: `createClient({ url, ...redisClientSettings })`. */
  client?: RedisClient | undefined
  /** In the place of `client`, for another package: `(script, keys, values) => redis.eval(script, keys.length, ...keys, ...values)`. */
  evaluate?: EvaluateScript | undefined
  /** What all keys begin with. Default `evertoken`. */
  prefix?: string | undefined
  /** How long Redis may take for an answer. Default 250 ms. */
  deadlineMs?: number | undefined
}

const OPTION_NAMES = { client: true, evaluate: true, prefix: true, deadlineMs: true } as const

/** Settings of a client of the `redis` package by which it fails at once while Redis is away, and is back soon after it. */
export const redisClientSettings = {
  disableOfflineQueue: true,
  pingInterval: 1_000,
  socket: {
    connectTimeout: 1_000,
    socketTimeout: 3_000,
    reconnectStrategy: (retries: number): number => Math.min(25 * 2 ** retries, 400),
  },
}

/** Sessions that many machines share. For Redis from 6.2 and what takes its commands, as Valkey; alone or as a cluster. */
export function createRedisStore(
  options: RedisStoreOptions,
  environment: Pick<BffEnvironment, 'timer'> = runtimeEnvironment,
): SessionStore {
  const { client, evaluate, prefix = 'evertoken', deadlineMs = 250 } = options ?? {}
  if ((client === undefined) === (evaluate === undefined)) {
    throw new TypeError('client: give a client of the redis package, or else `evaluate`.')
  }
  assertNames('createRedisStore: ', options, OPTION_NAMES)
  if (client && (typeof client.eval !== 'function' || typeof client.on !== 'function')) {
    throw new TypeError('client: must be a client of the redis package, from createClient().')
  }
  if (evaluate !== undefined && typeof evaluate !== 'function') {
    throw new TypeError('evaluate: must be a function (script, keys, values).')
  }
  if (typeof prefix !== 'string' || prefix === '' || /[{}]/.test(prefix)) {
    throw new TypeError('prefix: must be text without braces, which name hash slots.')
  }
  if (!Number.isSafeInteger(deadlineMs) || deadlineMs < 1) {
    throw new TypeError('deadlineMs: must be a whole number of milliseconds.')
  }
  const access = client ? accessBy(client) : { evaluate: evaluate! }
  return new RedisStore(new RedisConnection(access, deadlineMs, environment.timer), prefix)
}

/** At most so many commands at a time for one call. */
const BATCH = 100

class RedisStore implements SessionStore {
  readonly #redis: RedisConnection
  readonly #prefix: string

  constructor(redis: RedisConnection, prefix: string) {
    this.#redis = redis
    this.#prefix = prefix
  }

  async create(record: NewSessionRecord): Promise<boolean> {
    // First: a session that no index knows would outlive its logout.
    await this.#index('create', record)
    const created = await this.#redis.run(
      'create',
      scripts.CREATE,
      [this.#session(record.key)],
      writeSession(record, 1),
    )
    return created === 1
  }

  async get(key: string): Promise<SessionRecord | null> {
    const answer = await this.#redis.run('get', scripts.GET, [this.#session(key)])
    return readSession(key, answer)
  }

  async replace(key: string, expectedVersion: number, record: NewSessionRecord): Promise<boolean> {
    const write = (indexes: '' | 'indexed'): Promise<unknown> =>
      this.#redis.run(
        'replace',
        scripts.REPLACE,
        [this.#session(key)],
        [...writeSession(record, expectedVersion), indexes],
      )
    const answer = await write('')
    if (typeof answer !== 'string') return answer === 1
    await this.#index('replace', { ...record, key })
    const replaced = (await write('indexed')) === 1
    if (replaced) await this.#unindexMoved(key, readLookups(answer), record)
    return replaced
  }

  async touch(
    key: string,
    { lastSeenAt, idleUntil }: { lastSeenAt: number; idleUntil: number },
  ): Promise<void> {
    await this.#redis.run('touch', scripts.TOUCH, [this.#session(key)], [lastSeenAt, idleUntil])
  }

  async delete(key: string, version?: number): Promise<SessionRecord | null> {
    return await this.#delete('delete', key, version === undefined ? [] : [VERSION_PLACE, version])
  }

  async deleteBy(index: SessionIndex): Promise<number> {
    const [name, place, value] =
      'lookupSid' in index
        ? ([this.#sid(index.lookupSid), SID_PLACE, index.lookupSid] as const)
        : ([this.#sub(index.lookupSub), SUB_PLACE, index.lookupSub] as const)
    const keys = (await this.#redis.run('deleteBy', scripts.INDEXED, [name])) as string[]
    let deleted = 0
    for (let start = 0; start < keys.length; start += BATCH) {
      const batch = keys.slice(start, start + BATCH)
      const outcomes = await Promise.all(
        batch.map((key) => this.#delete('deleteBy', key, [place, value])),
      )
      deleted += outcomes.filter((outcome) => outcome !== null).length
    }
    return deleted
  }

  async lease(key: string, token: string, durationMs: number): Promise<'got' | 'busy'> {
    // Nobody waits for a lease that comes late: it would only keep others out.
    const giveBack = (answer: unknown): void => {
      if (answer === 1) this.release(key, token).catch(() => {})
    }
    const values = [token, durationMs]
    const got = await this.#redis.run('lease', scripts.LEASE, [this.#lease(key)], values, giveBack)
    return got === 1 ? 'got' : 'busy'
  }

  async renew(key: string, token: string, durationMs: number): Promise<boolean> {
    return (
      (await this.#redis.run('renew', scripts.RENEW, [this.#lease(key)], [token, durationMs])) === 1
    )
  }

  async release(key: string, token: string): Promise<void> {
    await this.#redis.run('release', scripts.RELEASE, [this.#lease(key)], [token])
  }

  async once(name: string, ttlMs: number): Promise<boolean> {
    return (await this.#redis.run('once', scripts.ONCE, [this.#name(name)], [ttlMs])) === 1
  }

  async mark(name: string, ttlMs: number): Promise<void> {
    await this.#redis.run('mark', scripts.MARK, [this.#name(name)], [ttlMs])
  }

  async taken(name: string): Promise<number> {
    return Math.max(0, Number(await this.#redis.run('taken', scripts.TAKEN, [this.#name(name)])))
  }

  async #delete(
    what: string,
    key: string,
    only: readonly (string | number)[] = [],
  ): Promise<SessionRecord | null> {
    const answer = await this.#redis.run(what, scripts.DELETE, [this.#session(key)], only)
    const deleted = readSession(key, answer)
    // The session is gone, whatever becomes of these: an index forgets by itself.
    if (deleted) await this.#remove(key, this.#indexesOf(deleted)).catch(() => {})
    return deleted
  }

  async #index(what: string, { key, absoluteUntil, ...lookups }: NewSessionRecord): Promise<void> {
    const run = (index: string): Promise<unknown> =>
      this.#redis.run(what, scripts.INDEX, [index], [key, absoluteUntil])
    await Promise.all(this.#indexesOf(lookups).map(run))
  }

  async #unindexMoved(key: string, old: Lookups, now: Lookups): Promise<void> {
    const kept = this.#indexesOf(now)
    const left = this.#indexesOf(old).filter((index) => !kept.includes(index))
    await this.#remove(key, left).catch(() => {})
  }

  async #remove(key: string, indexes: string[]): Promise<void> {
    await Promise.all(
      indexes.map((index) => this.#redis.run('delete', scripts.UNINDEX, [index], [key])),
    )
  }

  #indexesOf({ lookupSub, lookupSid }: Lookups): string[] {
    const sub = this.#sub(lookupSub)
    return lookupSid === undefined ? [sub] : [sub, this.#sid(lookupSid)]
  }

  // The braces say which part decides the hash slot: all keys of a session are in one.
  #session = (key: string): string => `${this.#prefix}:{${key}}:session`
  #lease = (key: string): string => `${this.#prefix}:{${key}}:lease`
  #sub = (lookup: string): string => `${this.#prefix}:sub:${lookup}`
  #sid = (lookup: string): string => `${this.#prefix}:sid:${lookup}`
  #name = (name: string): string => `${this.#prefix}:name:${name}`
}
