import type { VirtualDevice } from '../../src/testing/device/virtual-device.ts'
import type { Page } from './page.ts'

interface Moment {
  wall: number
  monotonic: number
}

/** When the browser ends the worker of a version, and when it stands still: both with its last page. */
export class WorkerLives {
  readonly #device: VirtualDevice
  readonly #goneSince = new Map<number, Moment>()
  readonly #restsSince = new Map<number, Moment>()

  constructor(device: VirtualDevice) {
    this.#device = device
  }

  /** No page of it is left. @param lingers how long it takes to die, ms */
  end(version: number, lingers: number): void {
    // One that stood still told its relay nothing either.
    this.#goneSince.set(version, this.#restsSince.get(version) ?? this.#now())
    this.#restsSince.delete(version)
    for (const key of this.#device.workers.ofVersion(`v${version}`)) {
      this.#device.workers.thaw(key)
      const end = this.#device.workers.retire(key)
      if (lingers > 0) this.#device.timer(end, lingers)
      else end()
    }
  }

  /** The browser ends them all, and their pages do not know it. */
  kill(): void {
    for (const version of [0, 1]) {
      if (this.#device.workers.ofVersion(`v${version}`).length > 0) {
        this.#goneSince.set(version, this.#now())
      }
    }
    this.#device.killWorker()
  }

  /** It stands still where all its pages do, and hears late what is said meanwhile. */
  rest(version: number, pages: readonly Page[]): void {
    if (pages.some(({ state }) => state === 'runs')) return
    if (!this.#restsSince.has(version)) this.#restsSince.set(version, this.#now())
    for (const key of this.#device.workers.ofVersion(`v${version}`)) {
      this.#device.workers.freeze(key)
    }
  }

  /** A page of it runs again. @returns for how long it stood still, ms */
  wake(version: number): number {
    const asleep = this.#since(this.#restsSince.get(version))
    this.#restsSince.delete(version)
    this.#goneSince.delete(version)
    for (const key of this.#device.workers.ofVersion(`v${version}`)) {
      this.#device.workers.thaw(key)
    }
    return asleep
  }

  /** For how long no page had it, ms. */
  goneFor(version: number): number {
    return this.#since(this.#goneSince.get(version))
  }

  /** Whether no worker was there for so long, whoever has a page of it, ms. */
  isLostAfter(version: number, ms: number): boolean {
    const isThere = this.#device.workers.ofVersion(`v${version}`).length > 0
    return !isThere && this.goneFor(version) > ms
  }

  #since(then: Moment | undefined): number {
    if (!then) return 0
    const now = this.#now()
    return Math.max(now.wall - then.wall, now.monotonic - then.monotonic)
  }

  #now(): Moment {
    const { wall, monotonic } = this.#device
    return { wall, monotonic }
  }
}
