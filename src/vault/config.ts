import { checkMetadata } from '../oauth/metadata.ts'
import { hash } from './hash.ts'
import type { VaultConfig } from './types.ts'

/** A configuration from a port, copied member by member: whoever sent it may be anybody on this origin. */
export function clean(argument: unknown): VaultConfig {
  const { issuer, clientId, name, scope, resource, metadata, verification } = (argument ??
    {}) as Partial<VaultConfig>
  for (const text of [issuer, clientId, name, scope, ...(resource ?? [])]) {
    if (typeof text !== 'string' || !text) throw new TypeError('open: not a configuration')
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

/** Everything that decides where a refresh token may go and what is believed of an answer: another value, another vault. */
export function binding({ issuer, clientId, metadata, verification, scope, resource }: VaultConfig): string {
  return JSON.stringify([issuer, clientId, verification, scope, resource, metadata])
}

/** The channel on which vaults of the same binding announce sign-in and sign-out. */
export function channelName(config: VaultConfig): string {
  return `${config.name}.${hash(binding(config))}`
}
