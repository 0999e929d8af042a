import { AuthError } from '../../errors.ts'
import type { BrowserVault } from '../../vault/vault.ts'
import { workerVault } from '../../vault/worker/client.ts'
import { loadChunk } from '../lazy.ts'
import { withDeadline } from '../promises.ts'
import type { OpenedVault } from './mode.ts'
import type { BrowserVaultParts } from './open-page-vault.ts'

/** Silence from a worker for so long means that the page must do. */
const WORKER_DEADLINE_MS = 2000

/** The worker where it runs, the page where it does not: decided within two seconds, the reason on record. */
export async function openBrowserVault(
  parts: BrowserVaultParts,
): Promise<OpenedVault<BrowserVault>> {
  const { page } = parts
  const worker = openWorker(parts)
  try {
    return await withDeadline(page, WORKER_DEADLINE_MS, worker)
  } catch (error) {
    // A mistake of the configuration is no missing worker: the page's vault would refuse it too.
    if (error instanceof TypeError) throw configurationError(error)
    const { openInsteadOfWorker } = await loadChunk(page, () => import('./open-page-vault.ts'))
    return openInsteadOfWorker(parts, (error as Error).message, worker)
  }
}

async function openWorker(parts: BrowserVaultParts): Promise<OpenedVault<BrowserVault>> {
  const { page, settings, options } = parts
  if (options.vault === 'page') throw new Error('vault: "page"')
  return new Promise((resolve, reject) => {
    const vault = workerVault(page, startWorker(parts, reject), settings)
    vault.open().then((state) => resolve({ vault, state, kind: 'worker' }), reject)
  })
}

/** @throws Error whatever forbids a worker here: not a mistake of the configuration */
function startWorker(
  { page, settings, options }: BrowserVaultParts,
  onError: (reason: Error) => void,
) {
  try {
    return page.startWorker(settings.name, options.workerUrl, onError)
  } catch (error) {
    throw new Error((error as Error).message, { cause: error })
  }
}

function configurationError(cause: TypeError): AuthError {
  return new AuthError('vault_unavailable', {
    message: `The vault does not take these options: ${cause.message}`,
    cause,
  })
}
