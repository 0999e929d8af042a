import type { VirtualRelays } from '../../src/testing/device/relays.ts'
import type { RelayMishap } from './relay-steps.ts'

/** A worker tells its relay the copy again within that. */
const REST_MS = 30_000

/** What befell the relays, and whether a session may be lost by it. */
export class Troubles {
  readonly #relays: VirtualRelays
  #isTroubled = false
  #isDoubtful = false
  /** For how long nothing befell them, ms. */
  #quietMs = 0

  constructor(relays: VirtualRelays) {
    this.#relays = relays
  }

  get isTroubled(): boolean {
    return this.#isTroubled || this.#isDoubtful
  }

  /** A relay knows less for a while than its worker. */
  begin(): void {
    this.#isTroubled = true
    this.#quietMs = 0
  }

  /** For good: an answer was lost, or the browser refused a relay. */
  doubt(): void {
    this.#isDoubtful = true
  }

  befall(what: RelayMishap): void {
    const relays = this.#relays
    this.begin()
    switch (what) {
      case 'ends':
        return relays.kill()
      case 'unregister':
        return relays.unregister()
      case 'hold questions':
        return void (relays.toRelay.mode = 'hold')
      case 'hold answers':
        return void (relays.toWorker.mode = 'hold')
      case 'be silent':
        return void (relays.isSilent = true)
      case 'refuse':
        this.doubt()
        return void (relays.refuses = true)
      case 'release':
        return this.release()
    }
  }

  release(): void {
    this.#relays.toRelay.release()
    this.#relays.toWorker.release()
    this.#relays.isSilent = false
  }

  /** Time passed. @param runs whether every worker could tell its relay */
  rested(ms: number, runs: boolean): void {
    const { toRelay, toWorker, isSilent, refuses } = this.#relays
    const isReached = toRelay.isClear && toWorker.isClear && !isSilent && !refuses
    this.#quietMs = isReached && runs ? this.#quietMs + ms : 0
    if (this.#quietMs >= REST_MS) this.#isTroubled = false
  }
}
