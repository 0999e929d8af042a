import type { BffEnvironment } from '../environment.ts'
import { storeUnavailableError } from './store-error.ts'

/** Runs a script on Redis: all that the store asks of a client. */
export type EvaluateScript = (script: string, keys: string[], values: string[]) => Promise<unknown>

/** What is used of a client of the `redis` package: of `createClient`, `createCluster` or `createSentinel`. */
export interface RedisClient {
  readonly isOpen: boolean
  /** Whether it is connected now. A cluster does not say. */
  readonly isReady?: boolean
  connect(): Promise<unknown>
  on(event: 'error' | 'ready', listener: (error: unknown) => void): unknown
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>
}

/** Several stores may share a client. */
const listenedTo = new WeakSet<RedisClient>()

/** How scripts reach Redis. */
export interface RedisAccess {
  evaluate: EvaluateScript
  /** Settles when the first attempt to connect came to its end: a process that has just begun waits for it. */
  connecting?: Promise<unknown> | undefined
}

/** By the client's own connection. A command that waits for a connection would be run when nobody waits for it. */
export function accessBy(client: RedisClient): RedisAccess {
  // Node ends a program for an error that nobody listens to. The client connects again by itself.
  if (!listenedTo.has(client)) client.on('error', () => {})
  listenedTo.add(client)
  const connecting = client.isOpen && client.isReady !== false ? undefined : connect(client)
  const evaluate: EvaluateScript = async (script, keys, values) => {
    if (client.isReady === false) throw new Error('not connected to Redis')
    return await client.eval(script, { keys, arguments: values })
  }
  return { evaluate, connecting }
}

/** Also where the application called `connect` a moment ago. */
async function connect(client: RedisClient): Promise<void> {
  await new Promise<void>((resolve) => {
    client.on('ready', () => resolve())
    client.on('error', () => resolve())
    if (!client.isOpen)
      client.connect().then(
        () => resolve(),
        () => resolve(),
      )
  })
}

/** So many scripts without an answer in time: another would only join them, and be run late. */
const OVERDUE_LIMIT = 8
/** A process that was busy itself finds the deadline over before it could read: the answers that lie there come first. */
const LAST_LOOK_MS = 5

/** Settles every call within its deadline, and sends nothing to a Redis that has stopped answering. */
export class RedisConnection {
  readonly #access: RedisAccess
  readonly #deadlineMs: number
  readonly #timer: BffEnvironment['timer']
  #overdue = 0

  constructor(access: RedisAccess, deadlineMs: number, timer: BffEnvironment['timer']) {
    this.#access = access
    this.#deadlineMs = deadlineMs
    this.#timer = timer
  }

  /** @param late gets the answer that came after the deadline. */
  run(
    what: string,
    script: string,
    keys: string[],
    values: readonly (string | number)[] = [],
    late: (answer: unknown) => void = () => {},
  ): Promise<unknown> {
    if (this.#overdue >= OVERDUE_LIMIT) {
      return Promise.reject(storeUnavailableError(what, new Error('Redis does not answer')))
    }
    return new Promise((resolve, reject) => {
      let isOverdue = false
      const expire = (): void => {
        isOverdue = true
        this.#overdue += 1
        reject(storeUnavailableError(what, new Error(`no answer in ${this.#deadlineMs} ms`)))
      }
      let cancel = this.#timer(() => {
        cancel = this.#timer(expire, LAST_LOOK_MS)
      }, this.#deadlineMs)
      const settle = (): void => {
        cancel()
        if (isOverdue) this.#overdue -= 1
      }
      const isWanted = (): boolean => !isOverdue
      this.#call(isWanted, script, keys, values.map(text)).then(
        (answer) => {
          settle()
          if (isOverdue) late(answer)
          resolve(answer)
        },
        (error: unknown) => {
          settle()
          reject(storeUnavailableError(what, error))
        },
      )
    })
  }

  /** A function that is given may throw before it promises anything. */
  async #call(
    isWanted: () => boolean,
    script: string,
    keys: string[],
    values: string[],
  ): Promise<unknown> {
    const { connecting, evaluate } = this.#access
    if (connecting) await connecting
    if (!isWanted()) throw new Error('nobody waits for it any more')
    return await evaluate(script, keys, values)
  }
}

/** Redis takes no fractions of a millisecond. */
const text = (value: string | number): string =>
  typeof value === 'number' ? String(Math.round(value)) : value
