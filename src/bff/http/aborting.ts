import type { LeaveSignal } from './exchange.ts'

/** What an `AbortController` is, for those who need no `AbortSignal`: that costs more than the rest of most requests. */
export class Aborting implements LeaveSignal {
  #aborted = false
  readonly #listeners = new Set<() => void>()

  get aborted(): boolean {
    return this.#aborted
  }

  addEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners.add(listener)
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners.delete(listener)
  }

  abort(): void {
    if (this.#aborted) return
    this.#aborted = true
    for (const listener of this.#listeners) listener()
  }

  toSignal(): AbortSignal {
    const controller = new AbortController()
    this.addEventListener('abort', () => controller.abort())
    if (this.#aborted) controller.abort()
    return controller.signal
  }
}
