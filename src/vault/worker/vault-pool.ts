import { AuthError } from '../../errors.ts'
import { claimInThread } from '../claim-once.ts'
import { instant, type VaultEnvironment } from '../environment.ts'
import { LocalVault } from '../keeper/local-vault.ts'
import { vaultKey } from '../vault-config.ts'
import type { VaultConfig } from '../vault.ts'
import type { RelayClient } from './relay/relay-client.ts'
import { RelayPeers } from './relay/relay-peers.ts'

/** More configurations than versions of an application are open at one time. */
const MAX_VAULTS = 20

/** The vaults of one worker, one for each configuration. Those that hold no session make room for others. */
export class VaultPool {
  readonly #env: VaultEnvironment
  readonly #relay: RelayClient | undefined
  /** The one that was used last is the last. */
  readonly #vaults = new Map<string, LocalVault>()

  constructor(env: VaultEnvironment, relay?: RelayClient) {
    this.#env = env
    this.#relay = relay
  }

  /** @param config as `parseVaultConfig` returned it @throws AuthError where there is no room */
  get(config: VaultConfig): LocalVault {
    const key = vaultKey(config)
    const known = this.#vaults.get(key)
    if (!known && this.#vaults.size >= MAX_VAULTS) this.#makeRoom()
    const vault = known ?? this.#create(config)
    this.#vaults.delete(key)
    this.#vaults.set(key, vault)
    return vault
  }

  #create(config: VaultConfig): LocalVault {
    const env = this.#env
    const relay = this.#relay
    const claimOnce = claimInThread(() => instant(env))
    if (!relay || config.relay === false) return new LocalVault(env, config, { claimOnce })
    const peers = new RelayPeers({ env, config, relay })
    const fetch = (url: string, init: RequestInit) => peers.fetch(url, init)
    return new LocalVault({ ...env, fetch }, config, { claimOnce, peers })
  }

  #makeRoom(): void {
    const idle = [...this.#vaults].filter(([, vault]) => vault.isIdle)
    const [key, vault] = idle.find(([, vault]) => !vault.isObserved) ?? idle[0] ?? []
    if (key === undefined || !vault) {
      throw new AuthError('vault_unavailable', {
        message: `${MAX_VAULTS} configurations hold a session. Close other tabs.`,
      })
    }
    this.#vaults.delete(key)
    vault.close()
  }
}
