import { AuthError } from '../errors.ts'

interface Timers {
  timer(callback: () => void, ms: number): () => void
}

/** A promise with a deadline. What was waited for goes on; its late end is nothing to the caller. */
export function withDeadline<T>({ timer }: Timers, ms: number, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = timer(() => reject(new Error(`no answer within ${ms} ms`)), ms)
    promise.finally(cancel).then(resolve, reject)
  })
}

/** One caller's `signal` ends that caller's wait, and nothing else. */
export function abortable<T>(
  signal: AbortSignal | null | undefined,
  run: () => Promise<T>,
): Promise<T> {
  if (!signal) return run()
  return new Promise((resolve, reject) => {
    const abort = () =>
      reject(new AuthError('aborted', { message: 'Aborted by the caller.', cause: signal.reason }))
    if (signal.aborted) return abort()
    signal.addEventListener('abort', abort)
    run()
      .finally(() => signal.removeEventListener('abort', abort))
      .then(resolve, reject)
  })
}
