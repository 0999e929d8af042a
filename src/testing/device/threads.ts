/** What Node tells of its threads' work; undefined in a browser. */
declare const process: { getBuiltinModule?(id: 'node:async_hooks'): AsyncHooks } | undefined

interface AsyncHooks {
  createHook(hooks: {
    init(id: number, type: string, trigger: number, job: Job & Compressor): void
    after(id: number): void
  }): { enable(): void }
}

interface Job {
  /** @returns a list with the result where it is done at once, as by generateKeyPairSync() */
  run(): unknown
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

/** A stream of node:zlib, as Node's own `CompressionStream` is one: while a chunk is with a thread, it is in `buffer`. */
interface Compressor {
  buffer?: unknown
}

/** One that has had nothing to do for so many looks is at its end. */
const IDLE_LOOKS = 100

const running = new Set<number>()
/** With the number of looks at which they had nothing to do. */
const compressors = new Map<WeakRef<Compressor>, number>()
let watching = false

/** From now on `threadsAreBusy` is exact, where the platform says what its threads do. @returns whether it does */
export function watchThreads(): boolean {
  if (watching) return true
  const hooks =
    typeof process === 'undefined' ? undefined : process.getBuiltinModule?.('node:async_hooks')
  if (!hooks) return false
  hooks
    .createHook({
      init(id, type, _, job) {
        if (JOBS.has(type)) watch(id, job)
        if (type === 'ZLIB') compressors.set(new WeakRef(job), 0)
      },
      after: (id) => void running.delete(id),
    })
    .enable()
  watching = true
  return true
}

export const threadsAreBusy = (): boolean => running.size > 0 || compressorsAreBusy()

/** Of the end of a job that is done at once nobody is told. */
function watch(id: number, job: Job): void {
  running.add(id)
  const { run } = job
  job.run = () => {
    const result = run.call(job)
    if (Array.isArray(result)) running.delete(id)
    return result
  }
}

function compressorsAreBusy(): boolean {
  for (const [reference, idle] of compressors) {
    const compressor = reference.deref()
    if (compressor?.buffer) return true
    if (!compressor || idle >= IDLE_LOOKS) compressors.delete(reference)
    else compressors.set(reference, idle + 1)
  }
  return false
}
