import { AuthError } from '../../errors.ts'
import { openPageVault } from '../../vault/page/page-vault.ts'
import type { BrowserVault } from '../../vault/vault.ts'
import type { AuthClientOptions } from '../options/options.ts'
import type { Settings } from '../options/settings.ts'
import { DEVELOPMENT } from '../page/development.ts'
import type { PageEnvironment } from '../page/environment.ts'
import { withDeadline } from '../promises.ts'
import type { OpenedVault } from './mode.ts'

declare const process: { env: { NODE_ENV?: string } }

type Opened = OpenedVault<BrowserVault>

export interface BrowserVaultParts {
  page: PageEnvironment
  settings: Settings
  options: Pick<AuthClientOptions, 'vault' | 'workerUrl' | 'tabs'>
  offer(late: Opened): void
}

/**
 * The page vault, in a chunk of its own: fetched only where there is no worker.
 * @param error why there is none
 * @param worker may answer after all
 */
export async function openInsteadOfWorker(
  parts: BrowserVaultParts,
  error: Error,
  worker: Promise<Opened>,
): Promise<Opened> {
  // A mistake of the configuration is no missing worker: the page's vault would refuse it too.
  if (error instanceof TypeError) throw configurationError(error)
  const { page, settings, options } = parts
  const fallback = error.message
  // It may have answered while this chunk was on its way. And of a page that stood still the deadline is over before it
  // reads the answer that lies in its queue.
  const answered = await withDeadline(page, 0, worker).catch(() => undefined)
  if (answered) return askAgain(answered)
  if (options.vault === 'worker') {
    offerLate(parts, worker)
    throw workerError(fallback)
  }
  if (DEVELOPMENT && process.env.NODE_ENV !== 'production' && options.vault !== 'page') {
    page.warn?.(`no worker (${fallback}): the refresh token is in this page's memory instead.`)
  }
  const { tabs = 'isolated' } = options
  const vault = openPageVault(page, settings, tabs, page.localStorage, settings.note)
  const state = await vault.open()
  offerLate(parts, worker)
  return { vault, state, kind: 'page', fallback }
}

function offerLate({ offer }: BrowserVaultParts, worker: Promise<Opened>): void {
  worker
    .then(async (late) => offer(await askAgain(late)))
    .catch(() => {
      // It never came: that is why the page's vault does the work.
    })
}

/** What the worker says now, and not when it answered: the user may have signed out since. */
async function askAgain(late: Opened): Promise<Opened> {
  try {
    return { ...late, state: await late.vault.open() }
  } catch (error) {
    late.vault.close()
    throw error
  }
}

function configurationError(cause: TypeError): AuthError {
  return new AuthError('vault_unavailable', {
    message: `The vault does not take these options: ${cause.message}`,
    cause,
  })
}

function workerError(reason: string): AuthError {
  return new AuthError('vault_unavailable', {
    message: `The worker cannot run (${reason}). Is the file there, JavaScript, and allowed by the CSP? Or use vault: "auto".`,
  })
}
