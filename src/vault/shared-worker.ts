import { AuthError, type AuthErrorJSON } from '../oauth/errors.ts'
import type { Answer, Request } from './protocol.ts'
import type { Vault, VaultConfig, VaultEvent, VaultState } from './types.ts'

/** A message port, or what stands in for one in a test. */
export interface WorkerPort {
  post(message: unknown): void
  listen(listener: (message: unknown) => void): void
  close(): void
}

/** What this needs of the page. */
export interface WorkerClock {
  timer(callback: () => void, ms: number): () => void
}

/** The worker's own deadlines are shorter: silence for so long means that it is gone (ms). */
const SILENCE = 45_000

/** A port to the worker that holds the refresh token. Adds nothing but a deadline: every promise settles. */
export class SharedWorkerVault implements Vault {
  readonly #clock: WorkerClock
  readonly #config: VaultConfig
  readonly #port: WorkerPort
  readonly #waiting = new Map<number, { resolve(value: never): void; reject(error: unknown): void }>()
  readonly #listeners = new Set<(event: VaultEvent) => void>()
  #id = 0

  constructor(clock: WorkerClock, port: WorkerPort, config: VaultConfig) {
    this.#clock = clock
    this.#config = config
    this.#port = port
    port.listen((message) => this.#receive(message as Answer))
  }

  open = (): Promise<VaultState> => this.#ask('open', this.#config)
  beginSignIn: Vault['beginSignIn'] = (request) => this.#ask('beginSignIn', request)
  completeSignIn: Vault['completeSignIn'] = (response) => this.#ask('completeSignIn', response)
  getToken: Vault['getToken'] = (need) => this.#ask('getToken', need)
  userInfo: Vault['userInfo'] = () => this.#ask('userInfo')
  endSession: Vault['endSession'] = (how) => this.#ask('endSession', how)

  /** Into the back-forward cache, or for good: nothing more is sent here until the next `open`. */
  leave(): void {
    this.#port.post({ id: ++this.#id, method: 'leave' } satisfies Request)
  }

  observe(listener: (event: VaultEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  close(): void {
    this.leave()
    this.#port.close()
    for (const { reject } of this.#waiting.values()) reject(lost())
    this.#waiting.clear()
  }

  #ask<T>(method: Request['method'], argument?: unknown): Promise<T> {
    const id = ++this.#id
    return new Promise<T>((resolve, reject) => {
      const late = this.#clock.timer(() => {
        this.#waiting.delete(id)
        reject(lost())
      }, SILENCE)
      const settle =
        <Value>(how: (value: Value) => void) =>
        (value: Value) => {
          late()
          how(value)
        }
      this.#waiting.set(id, { resolve: settle(resolve), reject: settle(reject) })
      this.#port.post({ id, method, argument })
    })
  }

  #receive(answer: Answer): void {
    if ('event' in answer) {
      const event = answer.event as VaultEvent & { error?: AuthErrorJSON }
      if (event.error) event.error = AuthError.from(event.error)
      for (const listener of this.#listeners) listener(event)
      return
    }
    const { id } = answer
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (!('error' in answer)) waiting?.resolve(answer.value as never)
    else {
      const { error } = answer
      waiting?.reject(typeof error === 'string' ? new TypeError(error) : AuthError.from(error))
    }
  }
}

function lost(): AuthError {
  return new AuthError('vault_unavailable', { message: 'The worker does not answer. Reload the page.' })
}
