import { AuthError } from '../../errors.ts'
import type { VaultState } from '../../vault/vault.ts'
import type { TokenCache } from '../tokens/token-cache.ts'
import type { VaultListener } from '../vault-connection.ts'
import type { EventLog } from './event-log.ts'
import type { SessionControl } from './session-control.ts'
import type { SessionMachine } from './session-machine.ts'

export interface VaultListenerParts<User> {
  log: EventLog
  cache: TokenCache
  machine: SessionMachine<User>
  control: SessionControl
  /**
   * What the first word of a vault leads to, when it is more than a session: an authorization response is taken up, or
   * the page leaves to ask the provider. Undefined where it is a session and no more.
   */
  takeUp(state: VaultState): Promise<void> | undefined
}

/** What the vault says becomes the session, its tokens, and what diagnostics tell. */
export function createVaultListener<User>(parts: VaultListenerParts<User>): VaultListener {
  const { log, cache, machine, control } = parts
  let isFirst = true
  let lost: VaultState | undefined

  async function onState(state: VaultState): Promise<void> {
    const before = lost
    lost = undefined
    if (before && before.status !== 'empty' && state.status === 'empty') {
      const { claims } = before
      const reason = before.status === 'expired' ? before.reason : 'vault_lost'
      return control.apply({ status: 'expired', claims, reason })
    }
    const first = isFirst
    isFirst = false
    control.hear(state)
    return (first ? parts.takeUp(state) : undefined) ?? control.apply(state)
  }

  return {
    onState: (state) => onState(state).catch((error: unknown) => control.fail(error)),
    onFailed: (error) => void control.fail(error),
    onLost: () => void (lost = control.forget()),
    mayReplace: () => control.state()?.status !== 'live' && machine.get().status !== 'signing-in',
    onEvent(event) {
      if (event.type === 'token') return cache.store(event.token)
      if (event.type === 'state') return void control.apply(event.state)
      // An error that crossed a port is plain data.
      if (event.error) log.recordError(AuthError.from(event.error))
      cache.setRenewal(event.key, event.renewal)
      log.recordRenewal(event.key, event.renewal)
    },
  }
}
