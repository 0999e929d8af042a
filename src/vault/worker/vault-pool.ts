import { AuthError } from '../../errors.ts'
import { claimInThread } from '../claim-once.ts'
import { instant, type VaultEnvironment } from '../environment.ts'
import { LocalVault } from '../keeper/local-vault.ts'
import { vaultKey } from '../vault-config.ts'
import type { VaultConfig } from '../vault.ts'

/** More configurations than versions of an application are open at one time. */
const MAX_VAULTS = 20

/** The vaults of one worker, one for each configuration. Those that hold no session make room for others. */
export class VaultPool {
  readonly #env: VaultEnvironment
  /** The one that was used last is the last. */
  readonly #vaults = new Map<string, LocalVault>()

  constructor(env: VaultEnvironment) {
    this.#env = env
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
    const claimOnce = claimInThread(() => instant(this.#env))
    return new LocalVault(this.#env, config, { claimOnce })
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
