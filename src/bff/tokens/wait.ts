import type { BffEnvironment } from '../environment.ts'

type Timers = Pick<BffEnvironment, 'timer'>

export function pause({ timer }: Timers, ms: number): Promise<void> {
  return new Promise((resolve) => void timer(resolve, ms))
}

/** What comes in time; the task itself goes on. */
export function within<T>({ timer }: Timers, task: Promise<T>, ms: number, late: () => Error) {
  return new Promise<T>((resolve, reject) => {
    const cancel = timer(() => reject(late()), ms)
    task.finally(cancel).then(resolve, reject)
  })
}
