import type { VaultEnvironment } from '../environment.ts'

/** Callers who wait for a cool-down to end, and whoever ends it early for all of them. */
export class Rest {
  readonly #env: Pick<VaultEnvironment, 'timer'>
  readonly #resting = new Set<() => void>()

  constructor(env: Pick<VaultEnvironment, 'timer'>) {
    this.#env = env
  }

  for(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const over = () => {
        cancel()
        this.#resting.delete(over)
        resolve()
      }
      const cancel = this.#env.timer(over, ms)
      this.#resting.add(over)
    })
  }

  end(): void {
    for (const over of [...this.#resting]) over()
  }
}
