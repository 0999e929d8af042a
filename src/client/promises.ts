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
