import { AuthError, type AuthErrorJSON } from '../../errors.ts'
import type { VaultEnvironment } from '../environment.ts'
import {
  isTokenMethod,
  type Argument,
  type Method,
  type Reply,
  type Request,
  type Value,
} from './protocol.ts'

/** The worker's own deadlines are shorter: silence for so long means that it is gone. */
const WORKER_REPLY_DEADLINE_MS = 45_000
/** For what needs no network; a sign-out looks for the provider's end-session endpoint for less. */
const WORKER_PROMPT_REPLY_DEADLINE_MS = 5000

const PROMPT_METHODS: readonly Method[] = [
  'open',
  'keepTransaction',
  'takeTransaction',
  'idTokenHint',
  'endSession',
]

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
  readonly #post: (request: Request) => void
  readonly #waiting = new Map<number, { method: Method; settle: (reply: Reply) => void }>()
  #lastId = 0
  /** Until then its file may still be on its way, and it is worth waiting for. */
  #hasAnswered = false

  constructor(timer: VaultEnvironment['timer'], post: (request: Request) => void) {
    this.#timer = timer
    this.#post = post
  }

  ask<Name extends Method>(method: Name, argument: Argument<Name>): Promise<Value<Name>> {
    return new Promise((resolve, reject) => {
      const id = ++this.#lastId
      const settle = (reply: Reply) => {
        cancel()
        this.#waiting.delete(id)
        // The contract test holds the worker to the types of the vault.
        if ('value' in reply) resolve(reply.value as Value<Name>)
        else reject(toError(reply.error))
      }
      const isPrompt = PROMPT_METHODS.includes(method) && (this.#hasAnswered || method !== 'open')
      const deadline = isPrompt ? WORKER_PROMPT_REPLY_DEADLINE_MS : WORKER_REPLY_DEADLINE_MS
      const cancel = this.#timer(() => settle({ id, error: WORKER_LOST }), deadline)
      this.#waiting.set(id, { method, settle })
      try {
        this.#post({ id, method, argument } as Request)
      } catch (error) {
        // An argument that cannot be copied: the caller's mistake.
        settle({ id, error: { message: error instanceof Error ? error.message : String(error) } })
      }
    })
  }

  settle(reply: Reply): void {
    this.#hasAnswered = true
    this.#waiting.get(reply.id)?.settle(reply)
  }

  /** The page is hidden: it waits for no token, and asks again when it is back. */
  leave(): void {
    this.#post({ id: ++this.#lastId, method: 'leave' })
    for (const [id, { method, settle }] of this.#waiting) {
      if (isTokenMethod(method)) settle({ id, error: PAGE_HIDDEN })
    }
  }

  close(): void {
    for (const [id, { settle }] of this.#waiting) settle({ id, error: WORKER_LOST })
    this.leave()
  }
}

function toError(error: Exclude<Reply, { value: unknown }>['error']): Error {
  return error.code ? AuthError.from(error) : new TypeError(error.message)
}
