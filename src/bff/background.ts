/** A runtime that stops when the response is sent is told what still runs (`ExecutionContext.waitUntil`). */
export type WaitUntil = (task: Promise<unknown>) => void

/**
 * What goes on behind an answer. Whatever begins something that the answer does not wait for takes one of these, so that
 * a runtime that stops when the response is sent hears of it.
 */
export class Background {
  readonly #context: { waitUntil?: WaitUntil | undefined }
  readonly #tasks = new Set<Promise<unknown>>()

  /** @param context the runtime's own: its `waitUntil` may be of no use apart from it */
  constructor(context: { waitUntil?: WaitUntil | undefined } = {}) {
    this.#context = context
  }

  /** Its failure is for others to hear of. */
  add(task: Promise<unknown>): void {
    const isAlone = this.#tasks.size === 0
    const over: Promise<unknown> = task.catch(() => {}).then(() => this.#tasks.delete(over))
    this.#tasks.add(over)
    if (isAlone) this.#context.waitUntil?.(this.settled())
  }

  /** All is over, also what was begun meanwhile. */
  async settled(): Promise<void> {
    while (this.#tasks.size > 0) await Promise.all(this.#tasks)
  }
}
