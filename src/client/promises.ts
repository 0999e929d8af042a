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

/** One caller's `signal` ends that caller's wait, and nothing else: it rejects with the signal's own reason. */
export function untilAborted<T>(signal: AbortSignal, run: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason as unknown)
    if (signal.aborted) return abort()
    signal.addEventListener('abort', abort)
    run()
      .finally(() => signal.removeEventListener('abort', abort))
      .then(resolve, reject)
  })
}
