import { Emitter } from '../emitter.ts'
import type { VaultEnvironment } from '../environment.ts'
import type { BrowserVault, VaultConfig, VaultEvent } from '../vault.ts'
import { createCalls } from './calls.ts'
import type { Answer, Argument, Method } from './protocol.ts'

/** A message port, or what stands in for one in a test. */
export interface WorkerPort extends Pick<MessagePort, 'postMessage' | 'onmessage' | 'close'> {
  /** The browser does not end the worker with its last page at once. */
  readonly reload?: 'worker' | undefined
}

/** The worker's own deadlines are shorter: silence for so long means that it is gone. */
const REPLY_DEADLINE_MS = 45_000
/** For what needs no network; a sign-out looks for the provider's end-session endpoint for less. */
const PROMPT_REPLY_DEADLINE_MS = 5000

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
  const calls = createCalls(timer, (request) => port.postMessage(request))
  /** Until the worker has answered, its file may still be on its way, and it is worth waiting for. */
  let openDeadline = REPLY_DEADLINE_MS

  port.onmessage = ({ data }: MessageEvent<Answer>) => {
    if ('event' in data) return events.emit(data.event)
    openDeadline = PROMPT_REPLY_DEADLINE_MS
    calls.settle(data)
  }

  const call =
    <Name extends Method>(method: Name, deadline = REPLY_DEADLINE_MS) =>
    (argument?: Argument<Name>) =>
      calls.ask(method, argument, deadline)

  return {
    open: () => calls.ask('open', plainConfig, openDeadline),
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
    leave: calls.leave,
    close() {
      calls.close()
      port.close()
    },
  }
}
