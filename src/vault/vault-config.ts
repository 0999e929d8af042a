import { checkMetadata } from '../oauth/metadata.ts'
import { hash } from './hash.ts'
import { parseMembers, parseOptionalList, parseText } from './parse.ts'
import type { VaultConfig } from './vault.ts'

/** A configuration from a port, member by member and in one order: `vaultKey` depends on it. @throws TypeError */
export function parseVaultConfig(argument: unknown): VaultConfig {
  const config = parseMembers(argument, 'configuration')
  const { verification, metadata } = config
  const issuer = parseText(config, 'issuer')
  const resource = parseOptionalList(config, 'resource')
  const audiences = parseOptionalList(config, 'audiences')
  return {
    issuer,
    clientId: parseText(config, 'clientId'),
    name: parseText(config, 'name'),
    scope: parseText(config, 'scope'),
    verification: verification === 'tls' ? 'tls' : 'signature',
    ...(config['userInfo'] === true && { userInfo: true }),
    ...(resource && { resource }),
    ...(audiences && { audiences }),
    ...((metadata ?? undefined) !== undefined && { metadata: checkMetadata(issuer, metadata) }),
  }
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
