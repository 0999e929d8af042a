import type { JwksCache } from '../../oauth/jwks.ts'
import { announcements as openAnnouncements } from '../announcements.ts'
import { BoundedMap } from '../bounded-map.ts'
import type { ClaimOnce } from '../claim-once.ts'
import { Emitter } from '../emitter.ts'
import { instant, type VaultEnvironment } from '../environment.ts'
import type { VaultConfig, VaultEvent } from '../vault.ts'
import { CodeExchanger } from './code-exchanger.ts'
import { CurrentFamily } from './current-family.ts'
import { FamilyRefresh } from './family-refresh.ts'
import { KeptTransactions } from './kept-transactions.ts'
import { LocalVault } from './local-vault.ts'
import { NO_PEERS, type Peers } from './peers.ts'
import { ProviderMetadata } from './provider-metadata.ts'
import { Revocations } from './revocations.ts'
import { TokenKeeper } from './token-keeper.ts'

/** One is enough. A script of the page can name others in transactions that it made up. */
const MAX_KEY_SETS = 10

export interface LocalVaultOptions {
  /** Takes an authorization response for this thread, or finds it taken. */
  claimOnce: ClaimOnce
  /** Default: none, this thread is the one holder. */
  peers?: Peers
}

/** Makes a vault of its parts, each with what it uses. @param config as `parseVaultConfig` returned it */
export function createLocalVault(
  env: VaultEnvironment,
  config: VaultConfig,
  { claimOnce, peers = NO_PEERS }: LocalVaultOptions,
): LocalVault {
  const events = new Emitter<VaultEvent>()
  const keys: JwksCache = new BoundedMap(MAX_KEY_SETS)
  const announcements = openAnnouncements(env, config.issuer, config.clientId)
  const revocations = new Revocations(env, config)
  const provider = new ProviderMetadata(env, config, keys)
  const transactions = new KeptTransactions(() => instant(env))
  const current = new CurrentFamily({ env, events, revocations, peers })
  const refresh = new FamilyRefresh({ env, config, keys, events, current, peers, revocations })
  const keeper = new TokenKeeper({ env, events, current, peers, refresh })
  const exchanger = new CodeExchanger({
    ...{ env, config, keys, events, provider, current },
    ...{ revocations, announcements, claimOnce },
  })
  peers.join(current)
  return new LocalVault({
    ...{ env, config, keys, events, current, keeper, provider },
    ...{ exchanger, transactions, announcements, peers },
  })
}
