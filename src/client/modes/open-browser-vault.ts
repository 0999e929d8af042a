import type { BrowserVault } from '../../vault/vault.ts'
import { workerVault } from '../../vault/worker/client.ts'
import { loadChunk } from '../lazy.ts'
import { withDeadline } from '../promises.ts'
import type { OpenedVault } from './mode.ts'
import type { BrowserVaultParts } from './open-page-vault.ts'

/** Silence from a worker for so long means that the page must do. */
const WORKER_DEADLINE_MS = 2000

/** The worker where it runs, else what can be had instead: decided within two seconds, the reason on record. */
export async function openBrowserVault(
  parts: BrowserVaultParts,
): Promise<OpenedVault<BrowserVault>> {
  const { page } = parts
  const worker = openWorker(parts)
  try {
    return await withDeadline(page, WORKER_DEADLINE_MS, worker)
  } catch (error) {
    const { openInsteadOfWorker } = await loadChunk(page, () => import('./open-page-vault.ts'))
    return openInsteadOfWorker(parts, error as Error, worker)
  }
}

async function openWorker(parts: BrowserVaultParts): Promise<OpenedVault<BrowserVault>> {
  const { page, settings, options } = parts
  if (options.vault === 'page') throw new Error('vault: "page"')
  return new Promise((resolve, reject) => {
    const port = page.startWorker(settings.name, options.workerUrl, (reason) =>
      reject(new Error(reason)),
    )
    if (!port) return
    const vault = workerVault(page, port, settings)
    vault.open().then(
      (state) => resolve({ vault, state, kind: 'worker', reload: port.reload }),
      (error: Error) => {
        vault.close()
        reject(error)
      },
    )
  })
}
