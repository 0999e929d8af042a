import type { Activity } from './activity.ts'

/** One way that messages take: they arrive, are held back until they are let go, or are lost. */
export class Wire {
  mode: 'deliver' | 'hold' | 'lose' = 'deliver'
  /** How many messages were sent. */
  sent = 0
  #held: (() => void)[] = []
  readonly #activity: Activity

  constructor(activity: Activity) {
    this.#activity = activity
  }

  send(deliver: () => void): void {
    this.#activity.note()
    this.sent++
    if (this.mode === 'deliver') queueMicrotask(deliver)
    else if (this.mode === 'hold') this.#held.push(deliver)
  }

  /** From now on messages arrive, those held back first. */
  release(): void {
    this.mode = 'deliver'
    for (const deliver of this.#held.splice(0)) deliver()
  }
}
