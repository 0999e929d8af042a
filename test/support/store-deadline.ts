import { runtimeEnvironment, type BffEnvironment } from '../../src/bff/environment.ts'

/**
 * How long a store may take, which a test shortens while the store is away. Elsewhere it is long: a busy machine would be
 * taken for a store that is away.
 */
export class StoreDeadline {
  /** What the store is told. */
  readonly deadlineMs = 20_000
  #ms = this.deadlineMs

  /** The environment of the store: its deadline is as it was set last. */
  readonly timer: BffEnvironment['timer'] = (callback, ms) =>
    runtimeEnvironment.timer(callback, ms === this.deadlineMs ? this.#ms : ms)

  /** @param ms default: long again */
  set(ms = this.deadlineMs): void {
    this.#ms = ms
  }
}
