import { AuthError } from '../errors.ts'

/** One caller's `signal` ends that caller's wait, and nothing else. @throws AuthError `aborted` */
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
