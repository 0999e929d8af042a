import { AuthError } from '../oauth/errors.ts'
import { threadEnvironment } from '../vault/environment.ts'
import { openPageVault } from '../vault/page.ts'
import { DEVELOPMENT, type PageEnvironment } from './environment.ts'
import type { OpenedVault } from './open-vault.ts'
import type { AuthClientOptions } from './options.ts'
import type { Settings } from './settings.ts'

/** The page vault, in a chunk of its own: fetched only where there is no worker. */
export async function fallBack(
  env: PageEnvironment,
  options: Pick<AuthClientOptions, 'vault' | 'tabs'>,
  settings: Settings,
  fallback: string,
  late: Promise<OpenedVault> | undefined,
): Promise<OpenedVault> {
  if (options.vault === 'worker') {
    throw new AuthError('vault_unavailable', {
      message: `The worker cannot run (${fallback}). Use vault: "auto", or mend workerUrl or the CSP.`,
    })
  }
  if (DEVELOPMENT && late)
    env.warn(`no worker (${fallback}): the refresh token is in this page's memory instead.`)
  const vault = openPageVault(
    env.vault ?? threadEnvironment,
    settings.vault,
    options.tabs ?? 'isolated',
    env.origin,
  )
  return { vault, state: await vault.open(), kind: 'page', fallback, late }
}
