import { announcements } from '../announcements.ts'
import { channelName, clean } from '../vault-config.ts'
import { TokenKeeper } from '../keeper/token-keeper.ts'
import { LocalVault } from '../keeper/local-vault.ts'
import { SharedTabs } from './shared-tabs.ts'
import type { BrowserVault, VaultConfig } from '../vault.ts'
import type { VaultEnvironment } from '../environment.ts'

/** `localStorage`, or what stands in for it; never given a token. */
export interface Marks {
  get(name: string): string | null
  set(name: string, value: string): void
}

/** The fallback: the refresh token in a closure of this page. Loaded only when there is no worker. */
export function openPageVault(
  env: VaultEnvironment,
  given: VaultConfig,
  tabs: 'isolated' | 'shared',
  marks: Marks,
): BrowserVault {
  const config = clean(given)
  const name = channelName(config)
  const said = announcements(env, name)
  const claim = (state: string) => claimOnce(env, marks, `evertoken.claimed.${config.name}`, state)
  // In a build without checks of options any word comes here: copies are made for the one that asks for them.
  if (tabs !== 'shared') {
    return new LocalVault(env, config, new TokenKeeper(env, config), { announcements: said, claim })
  }
  const peers = new SharedTabs(env, `${name}.tabs`, config.issuer)
  const keeper = new TokenKeeper(env, config, peers)
  peers.join(keeper)
  const vault = new LocalVault(env, config, keeper, { announcements: said, peers, claim })
  return Object.assign(vault, {
    open: () => peers.settled().then(() => keeper.state()),
    close() {
      said.close()
      peers.close()
    },
  })
}

/** How long a code can still be worth something (ms). RFC 6749 §4.1.2 recommends ten minutes at the most. */
const CODE_LIFETIME = 10 * 60_000

/** A lock makes it atomic where there are locks; the mark outlives the tab that took it. */
async function claimOnce(
  env: VaultEnvironment,
  marks: Marks,
  name: string,
  state: string,
): Promise<boolean> {
  const take = () => {
    const now = env.now()
    const taken = (marks.get(name) ?? '')
      .split(' ')
      .filter((mark) => now - Number(mark.split('@')[1]) < CODE_LIFETIME)
    if (taken.some((mark) => mark.startsWith(`${state}@`))) return false
    marks.set(name, [...taken.slice(-20), `${state}@${now}`].join(' '))
    return true
  }
  if (!env.locks) return take()
  try {
    return await env.locks.request(name, { signal: env.deadline(2000) }, take)
  } catch {
    return take()
  }
}
