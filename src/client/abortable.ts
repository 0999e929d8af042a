import { AuthError } from '../errors.ts'

/** One caller's `signal` ends that caller's wait, and nothing else. */
export function abortable<T>(signal: AbortSignal, run: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () =>
      reject(
        new AuthError('aborted', { message: 'The caller stopped waiting.', cause: signal.reason }),
      )
    if (signal.aborted) return abort()
    signal.addEventListener('abort', abort)
    run()
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', abort))
  })
}
