import { AuthError } from '../errors.ts'
import { threadEnvironment } from '../vault/environment.ts'
import { openPageVault } from '../vault/page/page-vault.ts'
import type { Core } from './core.ts'
import { DEVELOPMENT } from './page/environment.ts'
import type { OpenedVault } from './open-vault.ts'

/** The page vault, in a chunk of its own: fetched only where there is no worker. */
export async function fallBack<User>(
  core: Core<User>,
  fallback: string,
  worker: Promise<OpenedVault>,
): Promise<OpenedVault> {
  const { env, options, settings } = core
  // It may have answered while this chunk was on its way.
  const late = await Promise.race([worker, Promise.resolve()]).catch(() => undefined)
  if (late) return core.adopt({ ...late, state: await late.vault.open() })
  if (options.vault === 'worker') {
    throw new AuthError('vault_unavailable', {
      message: `The worker cannot run (${fallback}). Is the file there, JavaScript, and allowed by the CSP? Or use vault: "auto".`,
    })
  }
  if (DEVELOPMENT && options.vault !== 'page') {
    env.warn?.(`no worker (${fallback}): the refresh token is in this page's memory instead.`)
  }
  const vault = openPageVault(
    env.vault ?? threadEnvironment,
    settings,
    options.tabs ?? 'isolated',
    env.localStorage,
  )
  const found = core.adopt({ vault, state: await vault.open(), kind: 'page', fallback })
  worker
    .then((late) => takeLate(core, found, late))
    .catch(() => {
      // It never came: that is why the page does.
    })
  return found
}

/** A worker that answers after all is taken as long as nothing is lost by it. */
async function takeLate<User>(
  core: Core<User>,
  instead: OpenedVault,
  late: OpenedVault,
): Promise<void> {
  // Not what it said when it answered: somebody may have signed out since.
  const state = await late.vault.open()
  if (
    core.opened !== instead ||
    core.state?.status === 'live' ||
    core.driver.get().status === 'signing-in'
  ) {
    return late.vault.close()
  }
  instead.vault.close()
  core.opening = Promise.resolve(core.adopt({ ...late, state }))
  await core.apply(state)
}
