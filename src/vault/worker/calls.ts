import { AuthError, type AuthErrorJSON } from '../../errors.ts'
import type { VaultEnvironment } from '../environment.ts'
import { Liveness } from './liveness.ts'
import {
  isTokenMethod,
  type Argument,
  type Method,
  type Reply,
  type Request,
  type Value,
} from './protocol.ts'

/** The worker's own deadlines are shorter: silence for so long means that it is gone. */
export const REPLY_DEADLINE_MS = 45_000
/** For what needs no network; a sign-out looks for the provider's end-session endpoint for less. */
export const PROMPT_REPLY_DEADLINE_MS = 5000

const WORKER_LOST: AuthErrorJSON = {
  code: 'vault_unavailable',
  message: 'No answer from the worker. Reload the page.',
}

const PAGE_HIDDEN: AuthErrorJSON = {
  code: 'aborted',
  message: 'The page was hidden meanwhile. Ask again.',
}

/** What a page has asked of the worker, each with a deadline: every promise settles. */
export class Calls {
  readonly #timer: VaultEnvironment['timer']
  readonly #send: (request: Request) => void
  readonly #liveness: Liveness
  /** By `id`. */
  readonly #waiting = new Map<number, { method: Method; settle: (reply: Reply) => void }>()
  #lastId = 0

  constructor(timer: VaultEnvironment['timer'], send: (request: Request) => void) {
    this.#timer = timer
    this.#send = send
    const ping = () => send({ id: ++this.#lastId, method: 'ping' })
    this.#liveness = new Liveness({ timer, ping, onLost: () => this.#end(WORKER_LOST) })
  }

  /** The first time the worker's file may still be on its way, and it is worth waiting for. */
  get openDeadline(): number {
    return this.#liveness.hasAnswered ? PROMPT_REPLY_DEADLINE_MS : REPLY_DEADLINE_MS
  }

  ask<Name extends Method>(
    method: Name,
    argument: Argument<Name> | undefined,
    deadline: number,
  ): Promise<Value<Name>> {
    return new Promise((resolve, reject) => {
      const id = ++this.#lastId
      const settle = (reply: Reply) => {
        cancel()
        endWatch()
        this.#waiting.delete(id)
        // The contract test holds the worker to the types of the vault.
        if ('value' in reply) resolve(reply.value as Value<Name>)
        else reject(toError(reply.error))
      }
      const cancel = this.#timer(() => settle({ id, error: WORKER_LOST }), deadline)
      const endWatch = this.#liveness.watch()
      this.#waiting.set(id, { method, settle })
      try {
        this.#send({ id, method, argument } as Request)
      } catch (error) {
        // An argument that cannot be copied: the caller's mistake.
        settle({ id, error: { message: String(error) } })
      }
    })
  }

  settle(reply: Reply): void {
    this.#liveness.heard()
    this.#waiting.get(reply.id)?.settle(reply)
  }

  /** The page is hidden: it waits for no token, and asks again when it is back. */
  leave(): void {
    this.#send({ id: ++this.#lastId, method: 'leave' })
    this.#end(PAGE_HIDDEN, isTokenMethod)
  }

  close(): void {
    this.#liveness.end()
    this.#end(WORKER_LOST)
    this.leave()
  }

  #end(error: AuthErrorJSON, isOver: (method: Method) => boolean = () => true): void {
    for (const [id, { method, settle }] of this.#waiting) if (isOver(method)) settle({ id, error })
  }
}

function toError(error: Exclude<Reply, { value: unknown }>['error']): Error {
  return error.code ? AuthError.from(error) : new TypeError(error.message)
}
