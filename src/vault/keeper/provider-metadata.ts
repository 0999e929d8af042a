import { getKeys } from '../../oauth/jwks.ts'
import { discover } from '../../oauth/metadata.ts'
import type { ServerMetadata } from '../../oauth/types.ts'
import type { VaultEnvironment } from '../environment.ts'
import type { VaultConfig } from '../vault.ts'
import type { PartyOf } from './party-of.ts'

/** What this thread itself knows of the provider: given by the application, or discovered, once for all callers. */
export class ProviderMetadata {
  readonly #env: VaultEnvironment
  readonly #config: VaultConfig
  readonly #partyOf: PartyOf
  #known: ServerMetadata | undefined
  #discovery: Promise<ServerMetadata> | undefined

  constructor(env: VaultEnvironment, config: VaultConfig, partyOf: PartyOf) {
    this.#env = env
    this.#config = config
    this.#partyOf = partyOf
    this.#known = config.metadata
  }

  /** Without a request. */
  get known(): ServerMetadata | undefined {
    return this.#known
  }

  /** @throws AuthError; the next call asks again. */
  async discover(): Promise<ServerMetadata> {
    if (this.#known) return this.#known
    this.#discovery ??= discover(this.#env, this.#config.issuer)
    try {
      this.#known = await this.#discovery
    } finally {
      this.#discovery = undefined
    }
    this.#prefetchKeys(this.#known)
    return this.#known
  }

  /** @returns undefined where the provider did not say in time */
  discoverWithin(ms: number): Promise<ServerMetadata | undefined> {
    return new Promise((resolve) => {
      const cancel = this.#env.timer(() => resolve(undefined), ms)
      this.discover()
        .finally(cancel)
        .then(resolve, () => resolve(undefined))
    })
  }

  /** While the user is at the provider: the way back then waits for one request. */
  #prefetchKeys(metadata: ServerMetadata): void {
    if (this.#config.verification === 'tls') return
    getKeys(this.#partyOf({ metadata })).catch(() => {})
  }
}
