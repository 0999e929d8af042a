import { checkMetadata } from '../oauth/metadata.ts'
import { hash } from './hash.ts'
import type { VaultConfig } from './vault.ts'

/** A configuration from a port, copied member by member: whoever sent it may be anybody on this origin. */
export function clean(argument: unknown): VaultConfig {
  const { issuer, clientId, name, scope, resource, metadata, verification } = (argument ??
    {}) as Partial<VaultConfig>
  if (
    ![issuer, clientId, name, scope, ...(resource ?? [])].every(isText) ||
    typeof resource === 'string'
  ) {
    throw new TypeError('open: not a configuration')
  }
  return {
    issuer: issuer!,
    clientId: clientId!,
    name: name!,
    scope: scope!,
    verification: verification === 'tls' ? 'tls' : 'signature',
    ...(resource && { resource: [...resource] }),
    ...(metadata && { metadata: checkMetadata(issuer!, metadata) }),
  }
}

const isText = (value: unknown) => typeof value === 'string' && value !== ''

/**
 * Everything that decides where a refresh token may go and what is believed of an answer: another value,
 * another vault. `clean` writes the members in one order.
 */
export const binding = (cleaned: VaultConfig): string => JSON.stringify(cleaned)

/** The channel on which vaults of the same binding announce sign-in and sign-out. */
export function channelName(config: VaultConfig): string {
  return `${config.name}.${hash(binding(config))}`
}
