import { AuthError, type AuthErrorJSON } from '../../errors.ts'
import { Emitter } from '../emitter.ts'
import type { VaultEnvironment } from '../environment.ts'
import type { BrowserVault, VaultConfig, VaultEvent } from '../vault.ts'
import type { Answer, Argument, Method, Reply, Request, Value } from './protocol.ts'

/** A message port, or what stands in for one in a test. */
export type WorkerPort = Pick<MessagePort, 'postMessage' | 'onmessage' | 'close'>

/** The worker's own deadlines are shorter: silence for so long means that it is gone. */
const WORKER_REPLY_DEADLINE_MS = 45_000

const WORKER_LOST: AuthErrorJSON = {
  code: 'vault_unavailable',
  message: 'No answer from the worker. Reload the page.',
}

/** A port to the worker that holds the refresh token. Adds nothing but a deadline: every promise settles. */
export function workerVault(
  { timer }: Pick<VaultEnvironment, 'timer'>,
  port: WorkerPort,
  config: VaultConfig,
): BrowserVault {
  const waiting = new Map<number, (reply: Reply) => void>()
  const events = new Emitter<VaultEvent>()
  let lastId = 0

  function ask<Name extends Method>(method: Name, argument: Argument<Name>): Promise<Value<Name>> {
    return new Promise((resolve, reject) => {
      const id = ++lastId
      const settle = (reply: Reply) => {
        cancel()
        waiting.delete(id)
        // The contract test holds the worker to the types of the vault.
        if ('value' in reply) resolve(reply.value as Value<Name>)
        else reject(toError(reply.error))
      }
      const cancel = timer(() => settle({ id, error: WORKER_LOST }), WORKER_REPLY_DEADLINE_MS)
      waiting.set(id, settle)
      try {
        port.postMessage({ id, method, argument })
      } catch (error) {
        // An argument that cannot be copied: the caller's mistake.
        settle({ id, error: { message: String(error) } })
      }
    })
  }

  port.onmessage = ({ data }: MessageEvent<Answer>) => {
    if ('event' in data) events.emit(data.event)
    else waiting.get(data.id)?.(data)
  }

  const post = (request: Request) => port.postMessage(request)
  const leave = () => post({ id: ++lastId, method: 'leave' })

  return {
    open: () => ask('open', config),
    discover: () => ask('discover', undefined),
    keepTransaction: (transaction) => ask('keepTransaction', transaction),
    takeTransaction: (state) => ask('takeTransaction', state),
    exchangeCode: (response) => ask('exchangeCode', response),
    getToken: (need) => ask('getToken', need),
    authorize: (request) => ask('authorize', request),
    userInfo: (subject) => ask('userInfo', subject),
    endSession: (how) => ask('endSession', how),
    observe: (listener) => events.on(listener),
    leave,
    close() {
      leave()
      port.close()
      for (const [id, settle] of waiting) settle({ id, error: WORKER_LOST })
    },
  }
}

function toError(error: Exclude<Reply, { value: unknown }>['error']): Error {
  return error.code ? AuthError.from(error) : new TypeError(error.message)
}
