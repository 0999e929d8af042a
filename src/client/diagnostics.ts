import type { Vault, VaultState } from '../vault/vault.ts'
import type { Diagnostics } from './auth-client.ts'
import type { OpenedVault } from './modes/mode.ts'
import type { PageClient } from './page-client.ts'

/** What only a live session's vault says. */
type LiveDetails = Partial<Extract<VaultState, { status: 'live' }>>

/** What happened so far, for a person to read. */
export function diagnosticsOf(
  parts: Pick<PageClient<unknown, Vault>, 'log' | 'connection' | 'machine'> | undefined,
): Diagnostics {
  const opened: Partial<OpenedVault<Vault>> = parts?.connection.opened ?? {}
  const live = (parts?.machine.vaultState ?? {}) as LiveDetails
  return {
    vault: opened.kind,
    fallback: opened.fallback,
    clockOffset: live.clockOffset,
    renewable: live.renewable,
    reload: live.reload ?? opened.reload,
    transitions: [...(parts?.log.transitions ?? [])],
    errors: [...(parts?.log.errors ?? [])],
  }
}
