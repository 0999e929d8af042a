import { AuthError } from '../../errors.ts'
import type { BrowserVault } from '../../vault/vault.ts'
import { workerVault } from '../../vault/worker/client.ts'
import { DEVELOPMENT } from '../page/development.ts'
import type { PageEnvironment } from '../page/environment.ts'
import { withDeadline } from '../promises.ts'
import type { AuthClientOptions } from '../options/options.ts'
import type { Settings } from '../options/settings.ts'
import type { OpenedVault } from './mode.ts'
import type * as PageVaultChunk from './page-vault-chunk.ts'

/** Silence from a worker for so long means that the page must do. */
const WORKER_DEADLINE_MS = 2000

export interface BrowserVaultParts {
  page: PageEnvironment
  settings: Settings
  options: Pick<AuthClientOptions, 'vault' | 'workerUrl' | 'tabs'>
  /** The page vault's chunk: fetched only where there is no worker. */
  loadPageVault(): Promise<typeof PageVaultChunk>
  offer(late: OpenedVault<BrowserVault>): void
}

/** The worker where it runs, the page where it does not: decided within two seconds, the reason on record. */
export async function openBrowserVault(
  parts: BrowserVaultParts,
): Promise<OpenedVault<BrowserVault>> {
  const { page, options } = parts
  const worker = openWorker(parts)
  try {
    return await withDeadline(page, WORKER_DEADLINE_MS, worker)
  } catch (error) {
    const reason = (error as Error).message
    if (options.vault === 'worker') {
      offerLate(parts, worker)
      throw workerError(reason)
    }
    return openPage(parts, reason, worker)
  }
}

async function openWorker({
  page,
  settings,
  options,
}: BrowserVaultParts): Promise<OpenedVault<BrowserVault>> {
  if (options.vault === 'page') throw new Error('vault: "page"')
  return new Promise((resolve, reject) => {
    const port = page.startWorker(settings.name, options.workerUrl, reject)
    const vault = workerVault(page, port, settings)
    vault.open().then((state) => resolve({ vault, state, kind: 'worker' }), reject)
  })
}

async function openPage(
  parts: BrowserVaultParts,
  fallback: string,
  worker: Promise<OpenedVault<BrowserVault>>,
): Promise<OpenedVault<BrowserVault>> {
  const { page, settings, options } = parts
  const { openPageVault, threadEnvironment } = await parts.loadPageVault()
  // The worker may have answered while this chunk was on its way.
  const late = await Promise.race([worker, Promise.resolve(undefined)]).catch(() => undefined)
  if (late) return { ...late, state: await late.vault.open() }
  if (DEVELOPMENT && options.vault !== 'page') {
    page.warn?.(`no worker (${fallback}): the refresh token is in this page's memory instead.`)
  }
  const vault = openPageVault(
    page.vault ?? threadEnvironment,
    settings,
    options.tabs ?? 'isolated',
    page.localStorage,
  )
  const state = await vault.open()
  offerLate(parts, worker)
  return { vault, state, kind: 'page', fallback }
}

/** A worker that answers after all: with what it says then, for the user may have signed out since. */
function offerLate(parts: BrowserVaultParts, worker: Promise<OpenedVault<BrowserVault>>): void {
  worker
    .then(async (late) => parts.offer({ ...late, state: await late.vault.open() }))
    .catch(() => {
      // It never came: that is why the page's vault does the work.
    })
}

function workerError(reason: string): AuthError {
  return new AuthError('vault_unavailable', {
    message: `The worker cannot run (${reason}). Is the file there, JavaScript, and allowed by the CSP? Or use vault: "auto".`,
  })
}
