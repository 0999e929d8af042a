import { workerVault } from '../vault/worker/client.ts'
import type { BrowserVault, VaultState } from '../vault/vault.ts'
import type { Core } from './core.ts'
import { within } from './within.ts'

export interface OpenedVault {
  vault: BrowserVault
  state: VaultState
  kind: 'worker' | 'page'
  /** Why it is not the worker. */
  fallback?: string
}

/** Silence from a worker for so long means that the page must do (ms). */
export const WORKER_DEADLINE = 2000

/** The worker where it runs, the page where it does not: decided within two seconds, the reason on record. */
export async function openVault<User>(core: Core<User>): Promise<OpenedVault> {
  const { env, options, settings } = core
  const worker = new Promise<OpenedVault>((resolve, reject) => {
    if (options.vault === 'page') throw new Error('vault: "page"')
    const port = env.startWorker(settings.name, options.workerUrl, reject)
    const vault = workerVault(env, port, settings)
    vault.open().then((state) => resolve({ vault, state, kind: 'worker' }), reject)
  })
  try {
    return core.adopt(await within(env, WORKER_DEADLINE, worker))
  } catch (error) {
    const { fallBack } = await import('./fallback.ts')
    return fallBack(core, (error as Error).message, worker)
  }
}
