import { AuthError, type AuthErrorJSON } from '../../errors.ts'
import { Emitter } from '../emitter.ts'
import type { VaultEnvironment } from '../environment.ts'
import type { BrowserVault, VaultConfig, VaultEvent } from '../vault.ts'
import {
  isTokenMethod,
  type Answer,
  type Argument,
  type Method,
  type Reply,
  type Request,
  type Value,
} from './protocol.ts'

/** A message port, or what stands in for one in a test. */
export type WorkerPort = Pick<MessagePort, 'postMessage' | 'onmessage' | 'close'>

/** The worker's own deadlines are shorter: silence for so long means that it is gone. */
const REPLY_DEADLINE_MS = 45_000
/** For what needs no network; a sign-out looks for the provider's end-session endpoint for less. */
const PROMPT_REPLY_DEADLINE_MS = 5000

const WORKER_LOST: AuthErrorJSON = {
  code: 'vault_unavailable',
  message: 'No answer from the worker. Reload the page.',
}

const PAGE_HIDDEN: AuthErrorJSON = {
  code: 'aborted',
  message: 'The page was hidden meanwhile. Ask again.',
}

/**
 * A port to the worker that holds the refresh token. Adds nothing but deadlines: every promise settles. A rejection
 * of `open` with another error than `vault_unavailable` is about the configuration, and not about the worker.
 * @throws TypeError for a configuration that is no plain data
 */
export function workerVault(
  { timer }: Pick<VaultEnvironment, 'timer'>,
  port: WorkerPort,
  config: VaultConfig,
): BrowserVault {
  // Plain: the metadata may have methods, or be a reactive store's, which no port takes.
  const plainConfig = JSON.parse(JSON.stringify(config)) as VaultConfig
  const events = new Emitter<VaultEvent>()
  /** What the page has asked, by `id`. */
  const calls = new Map<number, { method: Method; settle: (reply: Reply) => void }>()
  let lastId = 0
  /** Until the worker has answered, its file may still be on its way, and it is worth waiting for. */
  let openDeadline = REPLY_DEADLINE_MS

  port.onmessage = ({ data }: MessageEvent<Answer>) => {
    if ('event' in data) return events.emit(data.event)
    openDeadline = PROMPT_REPLY_DEADLINE_MS
    calls.get(data.id)?.settle(data)
  }

  function ask<Name extends Method>(
    method: Name,
    argument: Argument<Name> | undefined,
    deadline: number,
  ): Promise<Value<Name>> {
    return new Promise((resolve, reject) => {
      const id = ++lastId
      const settle = (reply: Reply) => {
        cancel()
        calls.delete(id)
        // The contract test holds the worker to the types of the vault.
        if ('value' in reply) resolve(reply.value as Value<Name>)
        else reject(toError(reply.error))
      }
      const cancel = timer(() => settle({ id, error: WORKER_LOST }), deadline)
      calls.set(id, { method, settle })
      try {
        port.postMessage({ id, method, argument })
      } catch (error) {
        // An argument that cannot be copied: the caller's mistake.
        settle({ id, error: { message: String(error) } })
      }
    })
  }

  const call =
    <Name extends Method>(method: Name, deadline = REPLY_DEADLINE_MS) =>
    (argument?: Argument<Name>) =>
      ask(method, argument, deadline)

  function endCalls(error: AuthErrorJSON, isOver: (method: Method) => boolean): void {
    for (const [id, { method, settle }] of calls) if (isOver(method)) settle({ id, error })
  }

  /** The page is hidden: it waits for no token, and asks again when it is back. */
  function leave(): void {
    port.postMessage({ id: ++lastId, method: 'leave' } satisfies Request)
    endCalls(PAGE_HIDDEN, isTokenMethod)
  }

  return {
    open: () => ask('open', plainConfig, openDeadline),
    discover: call('discover'),
    keepTransaction: call('keepTransaction', PROMPT_REPLY_DEADLINE_MS),
    takeTransaction: call('takeTransaction', PROMPT_REPLY_DEADLINE_MS),
    idTokenHint: call('idTokenHint', PROMPT_REPLY_DEADLINE_MS),
    exchangeCode: call('exchangeCode'),
    getToken: call('getToken'),
    authorize: call('authorize'),
    userInfo: call('userInfo'),
    endSession: call('endSession', PROMPT_REPLY_DEADLINE_MS),
    observe: (listener) => events.on(listener),
    leave,
    close() {
      endCalls(WORKER_LOST, () => true)
      leave()
      port.close()
    },
  }
}

function toError(error: Exclude<Reply, { value: unknown }>['error']): Error {
  return error.code ? AuthError.from(error) : new TypeError(error.message)
}
