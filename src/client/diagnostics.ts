import type { Vault } from '../vault/vault.ts'
import type { Diagnostics } from './auth-client.ts'
import type { ClientParts } from './client-parts.ts'

/** What happened so far, for a person to read. */
export function diagnosticsOf(
  parts: Pick<ClientParts<unknown, Vault>, 'log' | 'connection' | 'control'> | undefined,
): Diagnostics {
  const opened = parts?.connection.opened
  const state = parts?.control.state()
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
