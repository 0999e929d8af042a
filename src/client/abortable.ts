import { AuthError } from '../errors.ts'
import { untilAborted } from './promises.ts'

/** A call that its caller may give up. @throws AuthError `aborted` */
export function abortable<T>(
  signal: AbortSignal | null | undefined,
  run: () => Promise<T>,
): Promise<T> {
  if (!signal) return run()
  return untilAborted(signal, run).catch((error: unknown) => {
    if (!signal.aborted || error !== signal.reason) throw error
    throw new AuthError('aborted', { message: 'Aborted by the caller.', cause: error })
  })
}
