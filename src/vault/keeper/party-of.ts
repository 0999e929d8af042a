import type { JwksCache } from '../../oauth/jwks.ts'
import type { RelyingParty } from '../../oauth/relying-party.ts'
import type { ServerMetadata } from '../../oauth/types.ts'
import { BoundedMap } from '../bounded-map.ts'
import type { VaultEnvironment } from '../environment.ts'
import type { VaultConfig } from '../vault.ts'

/** One is enough. A script of the page can name others in transactions that it made up. */
const MAX_KEY_SETS = 10

/** Where tokens came from, and the only place they may go to. */
export interface TokenOrigin {
  readonly metadata: ServerMetadata
  /** Provider time minus device time, ms, where it is known. */
  readonly clockOffset?: number
}

/** This client at the provider that tokens came from. */
export type PartyOf = (origin: TokenOrigin) => RelyingParty

export function createPartyOf(env: VaultEnvironment, config: VaultConfig): PartyOf {
  const keys: JwksCache = new BoundedMap(MAX_KEY_SETS)
  return ({ metadata, clockOffset = 0 }) => ({
    context: { ...env, offset: clockOffset },
    client: config,
    metadata,
    keys,
  })
}
