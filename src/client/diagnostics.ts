import type { Vault } from '../vault/vault.ts'
import type { Diagnostics } from './auth-client.ts'
import type { OpenedVault } from './modes/mode.ts'
import type { PageClient } from './page-client.ts'

/** What only a live session's vault says. */
type LiveDetails = Pick<Diagnostics, 'clockOffset' | 'renewable'>

/** What happened so far, for a person to read. */
export function diagnosticsOf(
  parts: Pick<PageClient<unknown, Vault>, 'log' | 'connection' | 'machine'> | undefined,
): Diagnostics {
  const { kind: vault, fallback }: Partial<OpenedVault<Vault>> = parts?.connection.opened ?? {}
  const { clockOffset, renewable } = (parts?.machine.vaultState ?? {}) as LiveDetails
  const { transitions = [], errors = [] } = parts?.log ?? {}
  return {
    ...{ vault, fallback, clockOffset, renewable },
    transitions: [...transitions],
    errors: [...errors],
  }
}
