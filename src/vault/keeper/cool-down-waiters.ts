import type { VaultEnvironment } from '../environment.ts'

/** Callers who wait for a cool-down to end: by time, or all at once when something else made it pointless. */
export class CoolDownWaiters {
  readonly #env: Pick<VaultEnvironment, 'timer'>
  readonly #releases = new Set<() => void>()

  constructor(env: Pick<VaultEnvironment, 'timer'>) {
    this.#env = env
  }

  wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const release = () => {
        cancel()
        this.#releases.delete(release)
        resolve()
      }
      const cancel = this.#env.timer(release, ms)
      this.#releases.add(release)
    })
  }

  releaseAll(): void {
    for (const release of [...this.#releases]) release()
  }
}
