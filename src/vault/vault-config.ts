import { hash } from './hash.ts'
import { metadata, object, optional, text, texts } from './parse.ts'
import type { VaultConfig } from './vault.ts'

const parse = object<VaultConfig>({
  issuer: text,
  clientId: text,
  name: text,
  scope: text,
  verification: (value) => (value === 'tls' ? 'tls' : 'signature'),
  userInfo: (value) => value === true || undefined,
  resource: optional(texts),
  audiences: optional(texts),
  metadata: optional(metadata),
  relay: (value) => (value === false ? false : undefined),
})

/** A configuration from a port, member by member and in one order: `vaultKey` depends on it. @throws TypeError */
export function parseVaultConfig(argument: unknown): VaultConfig {
  return parse(argument, 'configuration')
}

/**
 * Everything that decides where a refresh token may go and what is believed of an answer: another value,
 * another vault.
 */
export function vaultKey(parsed: VaultConfig): string {
  return JSON.stringify(parsed)
}

/** The channel on which tabs share the session of this vault. */
export function sharedTabsName(config: VaultConfig): string {
  return `${config.name}.${hash(vaultKey(config))}.tabs`
}
