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
  const plainConfig = copyConfig(config)
  const waiting = new Map<number, { method: Method; settle: (reply: Reply) => void }>()
  const events = new Emitter<VaultEvent>()
  let lastId = 0

  const post = (request: Request) => port.postMessage(request)

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
      const deadline = PROMPT_METHODS.includes(method)
        ? WORKER_PROMPT_REPLY_DEADLINE_MS
        : WORKER_REPLY_DEADLINE_MS
      const cancel = timer(() => settle({ id, error: WORKER_LOST }), deadline)
      waiting.set(id, { method, settle })
      try {
        port.postMessage({ id, method, argument })
      } catch (error) {
        // An argument that cannot be copied: the caller's mistake.
        settle({ id, error: { message: error instanceof Error ? error.message : String(error) } })
      }
    })
  }

  port.onmessage = ({ data }: MessageEvent<Answer>) => {
    if ('event' in data) events.emit(data.event)
    else waiting.get(data.id)?.settle(data)
  }

  function leave(): void {
    post({ id: ++lastId, method: 'leave' })
    for (const [id, { method, settle }] of waiting) {
      if (isTokenMethod(method)) settle({ id, error: PAGE_HIDDEN })
    }
  }

  return {
    open: () => ask('open', plainConfig),
    discover: () => ask('discover', undefined),
    keepTransaction: (transaction) => ask('keepTransaction', transaction),
    takeTransaction: (state) => ask('takeTransaction', state),
    idTokenHint: () => ask('idTokenHint', undefined),
    exchangeCode: (response) => ask('exchangeCode', response),
    getToken: (need) => ask('getToken', need),
    authorize: (request) => ask('authorize', request),
    userInfo: (subject) => ask('userInfo', subject),
    endSession: (how) => ask('endSession', how),
    observe: (listener) => events.on(listener),
    leave,
    close() {
      for (const [id, { settle }] of waiting) settle({ id, error: WORKER_LOST })
      leave()
      port.close()
    },
  }
}

function toError(error: Exclude<Reply, { value: unknown }>['error']): Error {
  return error.code ? AuthError.from(error) : new TypeError(error.message)
}

/** Member by member, and plain: the metadata may have methods, or be a reactive store's, which no port takes. */
function copyConfig(config: VaultConfig): VaultConfig {
  const { issuer, clientId, name, scope, resource } = config
  const { metadata, verification, audiences, userInfo } = config
  const members = {
    issuer,
    clientId,
    name,
    scope,
    resource,
    metadata,
    verification,
    audiences,
    userInfo,
  }
  return JSON.parse(JSON.stringify(members)) as VaultConfig
}
