import { isText } from '../oauth/json.ts'
import { checkMetadata } from '../oauth/metadata.ts'
import { hash } from './hash.ts'
import type { VaultConfig } from './vault.ts'

/** A configuration from a port, copied member by member: any script of this origin may have sent it. */
export function parseVaultConfig(argument: unknown): VaultConfig {
  const given: { [Name in keyof VaultConfig]?: unknown } = argument ?? {}
  const { issuer, clientId, name, scope, resource, metadata, verification } = given
  if (
    !isText(issuer) ||
    !isText(clientId) ||
    !isText(name) ||
    !isText(scope) ||
    !(isAbsent(resource) || isListOfTexts(resource))
  ) {
    throw new TypeError('open: not a configuration')
  }
  // In one order, whatever the order of the argument: `vaultKey` depends on it.
  return {
    issuer,
    clientId,
    name,
    scope,
    verification: verification === 'tls' ? 'tls' : 'signature',
    ...(given.userInfo === true && { userInfo: true }),
    ...(resource && { resource: [...resource] }),
    ...(!isAbsent(metadata) && { metadata: checkMetadata(issuer, metadata) }),
  }
}

function isAbsent(value: unknown): value is undefined | null {
  return value === undefined || value === null
}

function isListOfTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(isText)
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
