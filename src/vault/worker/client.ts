import { Emitter } from '../emitter.ts'
import type { VaultEnvironment } from '../environment.ts'
import type { BrowserVault, VaultConfig, VaultEvent } from '../vault.ts'
import { Calls } from './calls.ts'
import type { Answer } from './protocol.ts'

/** A message port, or what stands in for one in a test. */
export type WorkerPort = Pick<MessagePort, 'postMessage' | 'onmessage' | 'close'>

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
  const events = new Emitter<VaultEvent>()
  const calls = new Calls(timer, (request) => port.postMessage(request))

  port.onmessage = ({ data }: MessageEvent<Answer>) => {
    if ('event' in data) events.emit(data.event)
    else calls.settle(data)
  }

  return {
    open: () => calls.ask('open', plainConfig),
    discover: () => calls.ask('discover', undefined),
    keepTransaction: (transaction) => calls.ask('keepTransaction', transaction),
    takeTransaction: (state) => calls.ask('takeTransaction', state),
    idTokenHint: () => calls.ask('idTokenHint', undefined),
    exchangeCode: (response) => calls.ask('exchangeCode', response),
    getToken: (need) => calls.ask('getToken', need),
    authorize: (request) => calls.ask('authorize', request),
    userInfo: (subject) => calls.ask('userInfo', subject),
    endSession: (how) => calls.ask('endSession', how),
    observe: (listener) => events.on(listener),
    leave: () => calls.leave(),
    close() {
      calls.close()
      port.close()
    },
  }
}

/** Member by member, and plain: the metadata may have methods, or be a reactive store's, which no port takes. */
function copyConfig(config: VaultConfig): VaultConfig {
  const { issuer, clientId, name, scope, resource, metadata } = config
  const { verification, audiences, userInfo } = config
  const identity = { issuer, clientId, name, scope, resource, metadata }
  return JSON.parse(
    JSON.stringify({ ...identity, verification, audiences, userInfo }),
  ) as VaultConfig
}
