import type { Activity } from './activity.ts'
import { queueTask } from './task.ts'

/** One way that messages take: they arrive, each as a task of its own, wait until they are let go, or are lost. */
export class Wire {
  mode: 'deliver' | 'hold' | 'lose' = 'deliver'
  /** How many messages were sent. */
  sent = 0
  /** On their way, in order. */
  readonly #waiting: (() => void)[] = []
  readonly #activity: Activity

  constructor(activity: Activity) {
    this.#activity = activity
  }

  /** Whether nothing is on its way, and nothing is held back. */
  get isClear(): boolean {
    return this.mode === 'deliver' && this.#waiting.length === 0
  }

  send(deliver: () => void): void {
    this.#activity.note()
    this.sent++
    if (this.mode === 'lose') return
    this.#waiting.push(deliver)
    if (this.mode === 'deliver') queueTask(() => this.#arrive())
  }

  /** From now on messages arrive, those held back first. */
  release(): void {
    this.mode = 'deliver'
    for (const _ of this.#waiting) queueTask(() => this.#arrive())
  }

  #arrive(): void {
    // One that was on its way when the receiver stood still waits with the others.
    if (this.mode === 'hold') return
    const deliver = this.#waiting.shift()
    if (this.mode === 'deliver') deliver?.()
  }
}
