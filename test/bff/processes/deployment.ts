import { createClient } from 'redis'
import { afterAll, beforeAll } from 'vitest'
import { startProvider, type StandInProvider } from '../../../demo/provider/index.ts'
import type { BffEvent } from '../../../src/bff/events.ts'
import { freePort } from '../../support/free-port.ts'
import { linkTo, type Link } from '../../support/link.ts'
import { startRedis, type RedisServer } from '../../support/redis-server.ts'
import { bundleServer } from './bundle.ts'
import { ServerProcess } from './server-process.ts'
import { Visitor } from './visitor.ts'

/** Seconds that access tokens live. Nothing waits for it: the clocks of the processes are moved. */
const ACCESS_TOKEN_TTL = 300

/** Several processes on one Redis and one provider, which rotates refresh tokens and ends a family on reuse. */
export class Deployment {
  readonly provider: StandInProvider
  readonly redis: RedisServer
  /** The way of each process to Redis. */
  readonly links: Link[] = []
  readonly servers: ServerProcess[] = []
  readonly #file: string
  readonly #settings: DeploymentSettings
  readonly #ports: number[] = []
  readonly #past: ServerProcess[] = []
  readonly #startedAt = Date.now()
  #ahead = 0

  constructor(
    file: string,
    provider: StandInProvider,
    redis: RedisServer,
    settings: DeploymentSettings,
  ) {
    this.#file = file
    this.provider = provider
    this.redis = redis
    this.#settings = settings
  }

  /** @param at the process that it replaces, on the same port; default: one more */
  async start(at = this.servers.length): Promise<ServerProcess> {
    this.#ports[at] ??= await freePort()
    this.links[at] ??= await linkTo(this.redis.port)
    const { inCookies = false, slowness = 1 } = this.#settings
    const server = await ServerProcess.start(this.#file, {
      port: this.#ports[at],
      startedAt: this.#startedAt,
      redisUrl: `redis://127.0.0.1:${this.links[at].port}`,
      ...{ inCookies, slowness },
      bff: {
        issuer: this.provider.issuer,
        baseUrl: `http://127.0.0.1:${this.#ports[0]}`,
        idleTimeoutMs: 24 * 3_600_000,
        absoluteTimeoutMs: 48 * 3_600_000,
      },
    })
    await server.advance(this.#ahead)
    if (this.servers[at]) this.#past.push(this.servers[at])
    this.servers[at] = server
    return server
  }

  /** On a busy machine a process that has just begun may have to say 503, and to come back in a moment. */
  async signIn(): Promise<Visitor> {
    for (let tries = 0; ; tries++) {
      try {
        return await Visitor.signIn(this.servers[0]!.origin)
      } catch (error) {
        if (tries === 10 || !/answered 503/.test(String(error))) throw error
        await wait(500)
      }
    }
  }

  /** The access tokens of all sessions are over. */
  async expire(): Promise<void> {
    await this.advance((ACCESS_TOKEN_TTL + 1) * 1_000)
  }

  async advance(ms: number): Promise<void> {
    this.#ahead += ms
    await Promise.all(this.servers.map(async (server) => await server.advance(ms)))
    await shortenPauses(this.redis.url, ms * (this.#settings.slowness ?? 1))
  }

  /** Refreshes that the provider was asked for. */
  refreshes() {
    return this.provider.requests('token').filter(({ grantType }) => grantType === 'refresh_token')
  }

  get events(): BffEvent[] {
    return [...this.#past, ...this.servers].flatMap(({ events }) => events)
  }

  /** What the processes wrote, which is nothing as long as none is wrong in itself. */
  get output(): string {
    return [...this.#past, ...this.servers].map(({ output }) => output).join('')
  }

  async close(): Promise<void> {
    await Promise.all(this.servers.map(async (server) => await server.kill()))
    await Promise.all(this.links.map(async (link) => await link.close()))
    await Promise.all([this.redis.remove(), this.provider.close()])
  }
}

/** Cool-downs are timed by Redis, whose clock nobody moves: each is over sooner by as much. */
async function shortenPauses(url: string, ms: number): Promise<void> {
  const redis = await createClient({ url }).connect()
  try {
    for await (const keys of redis.scanIterator({ MATCH: '*:name:pause:*' })) {
      for (const key of keys) {
        // 0 and less: it is deleted at once.
        await redis.pExpire(key, (await redis.pTTL(key)) - ms)
      }
    }
  } finally {
    redis.destroy()
  }
}

export interface DeploymentSettings {
  inCookies?: boolean
  /** For tests of cool-downs: they last so many times as long in Redis, whose clock goes on. */
  slowness?: number
}

/** For a test file: its deployments, each with some processes running. */
export function deployments(): (
  processes: number,
  settings?: DeploymentSettings,
) => Promise<Deployment> {
  const started: Deployment[] = []
  let bundle: Awaited<ReturnType<typeof bundleServer>>
  beforeAll(async () => {
    bundle = await bundleServer()
  })
  afterAll(async () => {
    for (const deployment of started) await deployment.close()
    bundle.remove()
  })
  return async (processes, settings = {}) => {
    const [provider, redis] = await Promise.all([
      startProvider({ rotate: true, graceMs: 0, accessTokenTtl: ACCESS_TOKEN_TTL }),
      startRedis({ durable: true }),
    ])
    const deployment = new Deployment(bundle.file, provider, redis, settings)
    started.push(deployment)
    for (let i = 0; i < processes; i += 1) await deployment.start()
    return deployment
  }
}

export const wait = async (ms: number): Promise<void> =>
  await new Promise((resolve) => setTimeout(resolve, ms))
