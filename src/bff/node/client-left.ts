import type { LeaveSignal } from '../http/exchange.ts'

/** Whether a client left before its answer was sent. An `AbortSignal` costs more, and few ask for one. */
export class ClientLeft implements LeaveSignal {
  #aborted = false
  readonly #listeners: (() => void)[] = []

  get aborted(): boolean {
    return this.#aborted
  }

  addEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners.push(listener)
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
