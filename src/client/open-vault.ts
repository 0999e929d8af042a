import { AuthError } from '../oauth/errors.ts'
import { SharedWorkerVault } from '../vault/shared-worker.ts'
import type { Vault, VaultState } from '../vault/types.ts'
import type { PageEnvironment } from './environment.ts'
import type { AuthClientOptions, Settings } from './options.ts'

export interface OpenedVault {
  vault: Vault
  state: VaultState
  kind: 'worker' | 'page'
  /** Why it is not the worker. */
  fallback?: string
  /** The worker that answered after all. */
  late?: Promise<OpenedVault>
}

/** Silence from a worker for so long means the page must do (ms). */
const WORKER_DEADLINE = 2000

/** The worker where it runs, the page where it does not: decided within two seconds, the reason on record. */
export async function openVault(
  env: PageEnvironment,
  options: Pick<AuthClientOptions, 'vault' | 'workerUrl' | 'tabs'>,
  settings: Settings,
): Promise<OpenedVault> {
  let fallback = '`vault: "page"` was asked for'
  let late: Promise<OpenedVault> | undefined
  if (options.vault !== 'page') {
    const answer = openWorker(env, options.workerUrl, settings)
    try {
      return await within(env, WORKER_DEADLINE, answer)
    } catch (error) {
      fallback = error instanceof Error ? error.message : String(error)
      late = answer
      // Nobody may be waiting for it.
      answer.catch(() => {})
    }
    if (options.vault === 'worker') {
      throw new AuthError('vault_unavailable', {
        message: `The worker cannot run (${fallback}). Use vault: "auto", or mend workerUrl or the CSP.`,
      })
    }
  }
  try {
    const { openPageVault } = await import('../vault/page.ts')
    const vault = openPageVault(env, settings.vault, options.tabs ?? 'isolated', env.origin)
    return { vault, state: await vault.open(), kind: 'page', fallback, ...(late && { late }) }
  } catch (cause) {
    if (cause instanceof TypeError && /metadata/.test(cause.message)) throw cause
    throw new AuthError('vault_unavailable', {
      message: 'Neither the worker nor the page vault could be loaded. Reload the page.',
      cause,
    })
  }
}

async function openWorker(
  env: PageEnvironment,
  url: string | undefined,
  settings: Settings,
): Promise<OpenedVault> {
  let fail!: (error: Error) => void
  const failed = new Promise<never>((_, reject) => (fail = reject))
  const port = env.worker(settings.vault.name, url, (reason) => fail(new Error(reason)))
  const vault = new SharedWorkerVault(env, port, settings.vault)
  return { vault, state: await Promise.race([vault.open(), failed]), kind: 'worker' }
}

export function within<T>(env: PageEnvironment, ms: number, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = env.timer(() => reject(new Error(`no answer within ${ms} ms`)), ms)
    promise.then(resolve, reject).finally(cancel)
  })
}
