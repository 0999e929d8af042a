import { claimInThread, claimPerOrigin } from '../claim-once.ts'
import { instant, type VaultEnvironment } from '../environment.ts'
import { LocalVault } from '../keeper/local-vault.ts'
import { NO_PEERS } from '../keeper/peers.ts'
import { parseVaultConfig, sharedTabsName } from '../vault-config.ts'
import type { StringStorage } from '../string-storage.ts'
import type { BrowserVault, VaultConfig } from '../vault.ts'
import { heardAll } from './heard-all.ts'
import { MissedNews } from './missed-news.ts'
import { SharedTabs } from './shared-tabs.ts'

/**
 * The fallback: the refresh token in a closure of this page. Loaded only when there is no worker.
 * @param note names the note of the last sign-out
 */
export function openPageVault(
  env: VaultEnvironment,
  options: VaultConfig,
  tabs: 'isolated' | 'shared',
  storage: StringStorage,
  note: string,
): BrowserVault {
  const config = parseVaultConfig(options)
  const claimHere = claimInThread(() => instant(env))
  const claimOnce = claimPerOrigin(env, claimHere, storage, `evertoken.claimed.${config.name}`)
  // In a build without checks of options `tabs` can be any string: the session is copied for 'shared' alone.
  const peers =
    tabs === 'shared' ? new SharedTabs(env, sharedTabsName(config), config.issuer) : NO_PEERS
  return new LocalVault(env, config, {
    claimOnce,
    heardAll: () => heardAll(env),
    peers: new MissedNews(peers, storage, note),
  })
}
