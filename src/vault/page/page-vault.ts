import { claimInThread, claimPerOrigin, type Marks } from '../claim-once.ts'
import { instant, type VaultEnvironment } from '../environment.ts'
import { LocalVault } from '../keeper/local-vault.ts'
import { parseVaultConfig, sharedTabsName } from '../vault-config.ts'
import type { BrowserVault, VaultConfig } from '../vault.ts'
import { SharedTabs } from './shared-tabs.ts'

/** The fallback: the refresh token in a closure of this page. Loaded only when there is no worker. */
export function openPageVault(
  env: VaultEnvironment,
  options: VaultConfig,
  tabs: 'isolated' | 'shared',
  marks: Marks,
): BrowserVault {
  const config = parseVaultConfig(options)
  const claimHere = claimInThread(() => instant(env))
  const claimOnce = claimPerOrigin(env, claimHere, marks, `evertoken.claimed.${config.name}`)
  // In a build without checks of options `tabs` can be any string: the session is copied for 'shared' alone.
  return tabs === 'shared'
    ? new LocalVault(env, config, {
        claimOnce,
        peers: new SharedTabs(env, sharedTabsName(config), config.issuer),
      })
    : new LocalVault(env, config, { claimOnce })
}
