import type { BffEnvironment } from '../../src/bff/environment.ts'
import { turns } from '../../src/testing/device/settle.ts'
import { watchThreads } from '../../src/testing/device/threads.ts'
import { VirtualClock } from '../../src/testing/device/virtual-clock.ts'

/** Turns of the event loop in which a request gets as far as it does without time. */
const TURNS = 100

const quiet = (): Promise<void> => turns(TURNS, () => false)

/** Timers of a handler that run when a test says so: how fast the machine is makes no difference. */
export class VirtualTimers {
  readonly #clock = new VirtualClock()

  constructor() {
    // Cookies are sealed and opened in threads, which take real time.
    watchThreads()
  }

  /** For the handler's environment. */
  readonly timer: BffEnvironment['timer'] = (callback, ms) => this.#clock.timer(callback, ms)
  readonly monotonic: BffEnvironment['monotonic'] = () => this.#clock.monotonic

  readonly deadline: BffEnvironment['deadline'] = (ms) => {
    const controller = new AbortController()
    this.timer(() => controller.abort(new DOMException('too late', 'TimeoutError')), ms)
    return controller.signal
  }

  get pending(): number {
    return this.#clock.pendingTimers
  }

  /** Lets everything that is under way go as far as it gets without time. */
  settle(): Promise<void> {
    return this.pass(0)
  }

  /** Time passes; timers run in order, and all that comes of each before the next. */
  async pass(ms: number): Promise<void> {
    const end = this.#clock.monotonic + ms
    await quiet()
    while (this.#clock.runNext(end)) await quiet()
  }

  /** Time passes until a promise settles. @throws when that takes longer than the limit */
  async until<Value>(promise: Promise<Value>, limitMs = 60_000, stepMs = 100): Promise<Value> {
    const end = this.#clock.monotonic + limitMs
    const state = { isOver: false }
    const over = () => (state.isOver = true)
    promise.then(over, over)
    await this.settle()
    while (!state.isOver) {
      if (this.#clock.monotonic >= end) throw new Error(`not within ${limitMs} ms`)
      await this.pass(stepMs)
    }
    return promise
  }
}
