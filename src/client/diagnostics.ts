import type { Vault } from '../vault/vault.ts'
import type { Diagnostics } from './auth-client.ts'
import type { PageClient } from './page-client.ts'

/** What happened so far, for a person to read. */
export function diagnosticsOf(
  parts: Pick<PageClient<unknown, Vault>, 'log' | 'connection' | 'machine'> | undefined,
): Diagnostics {
  const opened = parts?.connection.opened
  const state = parts?.machine.vaultState
  const live = state?.status === 'live' ? state : undefined
  return {
    vault: opened?.kind,
    fallback: opened?.fallback,
    clockOffset: live?.clockOffset,
    renewable: live?.renewable,
    transitions: [...(parts?.log.transitions ?? [])],
    errors: [...(parts?.log.errors ?? [])],
  }
}
