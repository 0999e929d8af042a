import type { VaultEnvironment } from '../../environment.ts'
import {
  RELAY_PROTOCOL,
  type RelayAnswer,
  type RelayArgument,
  type RelayMethod,
  type RelayRequest,
  type RelayValue,
} from './protocol.ts'

/** The relay as its worker sees it. */
export interface RelayThread {
  /** Another one took its place, or it was unregistered: nothing is sent to it any more. */
  isGone(): boolean
  /** @param onAnswer called once at most, late perhaps */
  post(request: RelayRequest, onAnswer: (answer: RelayAnswer) => void): void
}

/** What the worker takes from the browser's ServiceWorkers. */
export interface RelayHome {
  /** This worker's own: a relay gives a copy back to a worker of the same name. */
  readonly workerName: string
  /** @returns the relay that runs; 'foreign' where a script that is not this worker's file has its place */
  find(): Promise<RelayThread | 'foreign' | undefined>
  /** @returns the relay, when it runs. @throws where the browser refuses */
  register(): Promise<RelayThread>
  /** Asks the browser to look for a newer file. @throws where it cannot have it */
  update(): Promise<void>
}

/** A browser that does not say what it has is not waited for longer. */
const FIND_WAIT_MS = 2000
/** A browser that refuses, or does not get the file, is not asked at every renewal. */
const MAX_REFUSALS = 3

/** The worker's end of its relay: found at the worker's start, registered when somebody is signed in. */
export class RelayClient {
  readonly home: RelayHome
  readonly #timer: VaultEnvironment['timer']
  #thread: RelayThread | undefined
  #starting: Promise<RelayThread | undefined> | undefined
  #refusals = 0
  #hasAskedForUpdate = false

  constructor({ timer }: Pick<VaultEnvironment, 'timer'>, home: RelayHome) {
    this.#timer = timer
    this.home = home
  }

  /** The browser would not register it. */
  get isRefused(): boolean {
    return this.#refusals >= MAX_REFUSALS
  }

  /** The relay that runs, as far as is known. */
  get thread(): RelayThread | undefined {
    return this.#thread?.isGone() ? undefined : this.#thread
  }

  /** Looks for the one that a worker before this one registered. */
  async find(): Promise<RelayThread | undefined> {
    if (this.thread) return this.thread
    const found = await this.#look()
    if (found && found !== 'foreign') this.#thread = found
    return this.thread
  }

  /** The one that runs, or a new one; undefined where the browser refuses. */
  start(): Promise<RelayThread | undefined> {
    this.#starting ??= this.#start().finally(() => (this.#starting = undefined))
    return this.#starting
  }

  /** Whether another script could read what this worker sends. */
  async isIntercepted(): Promise<boolean> {
    return !this.thread && (await this.#look()) === 'foreign'
  }

  /** @returns undefined where no relay answers in time */
  ask<Name extends RelayMethod>(
    method: Name,
    argument: RelayArgument<Name>,
    deadlineMs: number,
  ): Promise<RelayValue<Name> | undefined> {
    const { thread } = this
    if (!thread) return Promise.resolve(undefined)
    const asked = new Promise<RelayValue<Name> | undefined>((resolve) => {
      const request = { protocol: RELAY_PROTOCOL, method, argument } as RelayRequest
      thread.post(request, (answer) => {
        if (answer.protocol !== RELAY_PROTOCOL) this.#askForUpdate()
        resolve(answer.value as RelayValue<Name> | undefined)
      })
    })
    return this.within(deadlineMs, asked)
  }

  #look(): ReturnType<RelayHome['find']> {
    return this.within(FIND_WAIT_MS, this.home.find())
  }

  /** @returns undefined where it fails, or comes too late */
  within<Value>(ms: number, promise: Promise<Value>): Promise<Value | undefined> {
    return new Promise((resolve) => {
      const cancel = this.#timer(() => resolve(undefined), ms)
      const failed = () => undefined
      void promise.catch(failed).finally(cancel).then(resolve)
    })
  }

  async #start(): Promise<RelayThread | undefined> {
    const found = await this.find()
    if (found || this.isRefused) return found
    try {
      this.#thread = await this.home.register()
    } catch {
      this.#refusals++
    }
    return this.thread
  }

  /** It runs an older or a newer file from the same URL. */
  #askForUpdate(): void {
    if (this.#hasAskedForUpdate) return
    this.#hasAskedForUpdate = true
    this.home.update().catch(() => {})
  }
}
