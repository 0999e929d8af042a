import type { Vault } from '../vault/types.ts'
import type { Core } from './core.ts'
import type { OpenedVault } from './open-vault.ts'

/** The worker died. Another begins empty: what it held is lost, the tree stays mounted. */
export async function recover<User>(core: Core<User>, lost: Vault): Promise<void> {
  if (core.opened?.vault !== lost) return
  lost.close()
  const before = core.state
  core.opened = core.state = undefined
  core.opening = core.open()
  const { state } = await core.opening
  await core.apply(
    before && before.status !== 'empty' && state.status === 'empty'
      ? { reason: 'vault_lost', ...before, status: 'expired' }
      : state,
  )
}

/** A worker that answers after all is taken as long as nothing is lost by it. */
export async function takeLate<User>(
  core: Core<User>,
  instead: OpenedVault,
  late: OpenedVault,
): Promise<void> {
  if (
    core.opened !== instead ||
    core.state?.status === 'live' ||
    core.driver.get().status === 'signing-in'
  ) {
    return late.vault.close()
  }
  instead.vault.close()
  core.opening = Promise.resolve(late)
  core.adopt(late)
  await core.apply(late.state)
}
