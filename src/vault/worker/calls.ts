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

const WORKER_LOST: AuthErrorJSON = {
  code: 'vault_unavailable',
  message: 'No answer from the worker. Reload the page.',
}

const PAGE_HIDDEN: AuthErrorJSON = {
  code: 'aborted',
  message: 'The page was hidden meanwhile. Ask again.',
}

/** What a page has asked of the worker, each with a deadline: every promise settles. */
export interface Calls {
  ask<Name extends Method>(
    method: Name,
    argument: Argument<Name> | undefined,
    deadline: number,
  ): Promise<Value<Name>>
  settle(reply: Reply): void
  /** The page is hidden: it waits for no token, and asks again when it is back. */
  leave(): void
  close(): void
}

export function createCalls(
  timer: VaultEnvironment['timer'],
  post: (request: Request) => void,
): Calls {
  /** By `id`. */
  const waiting = new Map<number, { method: Method; settle: (reply: Reply) => void }>()
  let lastId = 0

  function end(error: AuthErrorJSON, isOver: (method: Method) => boolean): void {
    for (const [id, { method, settle }] of waiting) if (isOver(method)) settle({ id, error })
  }

  const lose = () => end(WORKER_LOST, () => true)
  const liveness = new Liveness({
    timer,
    ping: () => post({ id: ++lastId, method: 'ping' }),
    onLost: lose,
  })

  function leave(): void {
    post({ id: ++lastId, method: 'leave' })
    end(PAGE_HIDDEN, isTokenMethod)
  }

  return {
    ask: (method, argument, deadline) =>
      new Promise((resolve, reject) => {
        const id = ++lastId
        const settle = (reply: Reply) => {
          cancel()
          endWatch()
          waiting.delete(id)
          // The contract test holds the worker to the types of the vault.
          if ('value' in reply) resolve(reply.value as Value<typeof method>)
          else reject(toError(reply.error))
        }
        const cancel = timer(() => settle({ id, error: WORKER_LOST }), deadline)
        const endWatch = liveness.watch()
        waiting.set(id, { method, settle })
        try {
          post({ id, method, argument } as Request)
        } catch (error) {
          // An argument that cannot be copied: the caller's mistake.
          settle({ id, error: { message: String(error) } })
        }
      }),
    settle(reply) {
      liveness.heard()
      waiting.get(reply.id)?.settle(reply)
    },
    leave,
    close() {
      liveness.end()
      lose()
      leave()
    },
  }
}

function toError(error: Exclude<Reply, { value: unknown }>['error']): Error {
  return error.code ? AuthError.from(error) : new TypeError(error.message)
}
