import type { Core } from './core.ts'
import { WORKER_DEADLINE } from './open-vault.ts'
import { recover } from './recover.ts'
import { within } from './within.ts'

/** Out of the back-forward cache: what is shown is what the vault says now, not what was so when the page left. */
export async function comeBack<User>(core: Core<User>): Promise<void> {
  const { env, opened, driver } = core
  if (opened) {
    await within(env, WORKER_DEADLINE, opened.vault.open())
      .then(core.apply, () => recover(core, opened.vault))
      .catch(driver.fail)
  }
  core.tokens.wake(true)
  // After the app has drawn it.
  env.timer(() => env.hidePage(false), 0)
}
