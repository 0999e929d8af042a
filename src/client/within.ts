import type { PageEnvironment } from './page/environment.ts'

/** A promise with a deadline: every promise settles. */
export function within<T>(
  env: Pick<PageEnvironment, 'timer'>,
  ms: number,
  promise: Promise<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    promise.then(resolve, reject)
    env.timer(() => reject(new Error(`no answer within ${ms} ms`)), ms)
  })
}
