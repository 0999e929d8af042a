/** What Node tells of its threads' work; undefined in a browser. */
declare const process: { getBuiltinModule?(id: 'node:async_hooks'): AsyncHooks } | undefined

interface AsyncHooks {
  createHook(hooks: {
    init(id: number, type: string, trigger: number, job: object): void
    after(id: number): void
  }): { enable(): void }
}

/** Node's names for the jobs of WebCrypto. */
const JOBS = new Set([
  'CIPHERREQUEST',
  'DERIVEBITSREQUEST',
  'HASHREQUEST',
  'KEYEXPORTREQUEST',
  'KEYGENREQUEST',
  'KEYPAIRGENREQUEST',
  'SIGNREQUEST',
])

const running = new Map<number, object>()
let watching = false

/** From now on `threadsAreBusy` is exact, where the platform says what its threads do. @returns whether it does */
export function watchThreads(): boolean {
  if (watching) return true
  const hooks =
    typeof process === 'undefined' ? undefined : process.getBuiltinModule?.('node:async_hooks')
  if (!hooks) return false
  hooks
    .createHook({
      init: (id, type, _, job) => void (JOBS.has(type) && running.set(id, job)),
      after: (id) => void running.delete(id),
    })
    .enable()
  watching = true
  return true
}

export function threadsAreBusy(): boolean {
  for (const [id, job] of running) {
    if ('ondone' in job) return true
    // It was done at once, as generateKeyPairSync() does it: nobody is told of its end.
    running.delete(id)
  }
  return false
}
