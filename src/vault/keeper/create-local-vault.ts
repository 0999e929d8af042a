import { announcements as openAnnouncements } from '../announcements.ts'
import type { ClaimOnce } from '../claim-once.ts'
import { Emitter } from '../emitter.ts'
import { instant, type VaultEnvironment } from '../environment.ts'
import type { VaultConfig, VaultEvent } from '../vault.ts'
import { CodeExchanger } from './code-exchanger.ts'
import { CurrentFamily } from './current-family.ts'
import { FamilyRefresh } from './family-refresh.ts'
import { KeptTransactions } from './kept-transactions.ts'
import { LocalVault } from './local-vault.ts'
import { createPartyOf } from './party-of.ts'
import { NO_PEERS, type Peers } from './peers.ts'
import { ProviderMetadata } from './provider-metadata.ts'
import { Revocations } from './revocations.ts'
import { TokenKeeper } from './token-keeper.ts'

export interface LocalVaultOptions {
  /** Takes an authorization response for this thread, or finds it taken. */
  claimOnce: ClaimOnce
  /** Settles when what was said to this thread while it stood still was heard. Default: it never stands still. */
  heardAll?: () => Promise<void>
  /** Default: none, this thread is the one holder. */
  peers?: Peers
}

/** Makes a vault of its parts, each with what it uses. @param config as `parseVaultConfig` returned it */
export function createLocalVault(
  env: VaultEnvironment,
  config: VaultConfig,
  { claimOnce, heardAll = async () => {}, peers = NO_PEERS }: LocalVaultOptions,
): LocalVault {
  const events = new Emitter<VaultEvent>()
  const partyOf = createPartyOf(env, config)
  const announcements = openAnnouncements(env, config.issuer, config.clientId)
  const revocations = new Revocations(env, partyOf)
  const provider = new ProviderMetadata(env, config, partyOf)
  const transactions = new KeptTransactions(() => instant(env))
  const current = new CurrentFamily({ env, events, revocations, peers })
  const refresh = new FamilyRefresh({ env, config, partyOf, events, current, peers, revocations })
  const keeper = new TokenKeeper({ env, events, current, peers, refresh })
  const exchanger = new CodeExchanger({
    ...{ env, config, partyOf, events, provider, current },
    ...{ revocations, announcements, claimOnce },
  })
  peers.join(current)
  return new LocalVault({
    ...{ env, partyOf, events, current, keeper, provider },
    ...{ exchanger, transactions, announcements, peers, heardAll },
  })
}
