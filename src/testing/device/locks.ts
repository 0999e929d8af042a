import type { Activity } from './activity.ts'

/** The Web Locks of one origin: exclusive ones, in the order they were asked for. */
export class VirtualLocks {
  readonly #last = new Map<string, Promise<void>>()
  readonly #activity: Activity

  constructor(activity: Activity) {
    this.#activity = activity
  }

  async request(
    name: string,
    { signal }: { signal?: AbortSignal },
    run: () => Promise<unknown>,
  ): Promise<unknown> {
    this.#activity.note()
    const before = this.#last.get(name) ?? Promise.resolve()
    let release = (): void => {}
    const released = new Promise<void>((resolve) => (release = resolve))
    const turn = before.then(() => released)
    this.#last.set(name, turn)
    try {
      await (signal ? Promise.race([before, aborted(signal)]) : before)
      return await run()
    } finally {
      release()
    }
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const abort = () => reject(signal.reason as Error)
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort)
  })
}
