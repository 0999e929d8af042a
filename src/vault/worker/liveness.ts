import type { VaultEnvironment } from '../environment.ts'

/** A call that takes so long waits for a provider, or for a worker that died: the worker is asked. */
const PING_AFTER_MS = 5000
/** It answers a ping at once, whatever else it works on. */
const PING_DEADLINE_MS = 5000

interface LivenessParts extends Pick<VaultEnvironment, 'timer'> {
  ping(): void
  onLost(): void
}

/** Whether the worker lives: nothing says so when one dies, so it is asked where a call takes long. */
export class Liveness {
  readonly #parts: LivenessParts
  /** Until then its file may still be on its way, and it is worth waiting for. */
  #hasAnswered = false
  #cancelDeadline = () => {}

  constructor(parts: LivenessParts) {
    this.#parts = parts
  }

  heard(): void {
    this.#hasAnswered = true
    this.#cancelDeadline()
  }

  /** A call began that may take long. @returns what ends the watch */
  watch(): () => void {
    return this.#hasAnswered ? this.#parts.timer(() => this.#ask(), PING_AFTER_MS) : () => {}
  }

  end(): void {
    this.#cancelDeadline()
  }

  #ask(): void {
    const { timer, ping, onLost } = this.#parts
    this.#cancelDeadline()
    this.#cancelDeadline = timer(onLost, PING_DEADLINE_MS)
    ping()
  }
}
