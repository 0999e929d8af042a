import type { VaultEnvironment } from '../environment.ts'

/** A call that takes so long waits for a provider, or for a worker that died: the worker is asked. */
const PING_AFTER_MS = 5000
/**
 * It answers a ping at once, whatever else it works on. Counted in looks, because a page that stood still (sleep, a
 * frozen tab) finds a long timer overdue before it reads the answer that lies in its queue; between two looks it reads.
 */
const LOOK_INTERVAL_MS = 1000
const LOOKS = 5

interface LivenessParts extends Pick<VaultEnvironment, 'timer'> {
  ping(): void
  onLost(): void
}

/** Whether the worker lives: nothing says so when one dies, so it is asked where a call takes long. */
export class Liveness {
  readonly #parts: LivenessParts
  /** Until then its file may still be on its way, and it is worth waiting for. */
  #hasAnswered = false
  /** While an answer to a ping is waited for. */
  #cancelDeadline: (() => void) | undefined

  constructor(parts: LivenessParts) {
    this.#parts = parts
  }

  heard(): void {
    this.#hasAnswered = true
    this.end()
  }

  /** A call began that may take long. @returns what ends the watch */
  watch(): () => void {
    return this.#hasAnswered ? this.#parts.timer(() => this.#ask(), PING_AFTER_MS) : () => {}
  }

  end(): void {
    this.#cancelDeadline?.()
    this.#cancelDeadline = undefined
  }

  #ask(): void {
    // A call that comes later puts nothing off.
    if (this.#cancelDeadline) return
    this.#look(LOOKS)
    this.#parts.ping()
  }

  #look(left: number): void {
    const { timer, onLost } = this.#parts
    this.end()
    if (left === 0) return onLost()
    this.#cancelDeadline = timer(() => this.#look(left - 1), LOOK_INTERVAL_MS)
  }
}
