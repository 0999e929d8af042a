import type { KeptTransaction } from '../vault.ts'
import { CODE_LIFETIME_MS, elapsed, type Instant } from '../../renewal/lifetime.ts'
import { BoundedMap } from '../bounded-map.ts'

const MAX_TRANSACTIONS = 10

/** Sign-ins under way of pages without storage, each given back once. */
export class KeptTransactions {
  readonly #instant: () => Instant
  readonly #kept = new BoundedMap<{ transaction: KeptTransaction; keptAt: Instant }>(
    MAX_TRANSACTIONS,
  )

  constructor(instant: () => Instant) {
    this.#instant = instant
  }

  keep(transaction: KeptTransaction): void {
    this.#kept.set(transaction.state, { transaction, keptAt: this.#instant() })
  }

  take(state: string): KeptTransaction | undefined {
    const kept = this.#kept.get(state)
    this.#kept.delete(state)
    const over = !kept || elapsed(kept.keptAt, this.#instant()) >= CODE_LIFETIME_MS
    return over ? undefined : kept.transaction
  }

  clear(): void {
    this.#kept.clear()
  }
}
