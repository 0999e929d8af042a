import type { BrowserVault } from '../vault/vault.ts'
import type { Core } from './core.ts'

/** The worker died. Another begins empty: what it held is lost, the tree stays mounted. */
export async function recover<User>(core: Core<User>, lost: BrowserVault): Promise<void> {
  // A page's own vault dies with the page.
  if (core.opened?.vault !== lost || core.opened.kind === 'page') return
  lost.close()
  const before = core.state
  core.opened = core.state = undefined
  core.opening = core.open()
  await core.opening
  const state = core.state!
  await core.apply(
    before && before.status !== 'empty' && state.status === 'empty'
      ? { reason: 'vault_lost', ...before, status: 'expired' }
      : state,
  )
}
