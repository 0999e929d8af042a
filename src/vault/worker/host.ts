import type { VaultEnvironment } from '../environment.ts'
import { Connection, type Port } from './connection.ts'
import { RelayClient, type RelayHome } from './relay/relay-client.ts'
import { VaultPool } from './vault-pool.ts'

/** Pages that died without a word are still connected: of so many the ones that spoke last are told what happens. */
const MAX_TOLD = 1000

/** The worker's side: its vaults, and the ports that speak to them. */
export class VaultHost {
  readonly #vaults: VaultPool
  /** The one that spoke last is the last. */
  readonly #told = new Set<Connection>()

  /** @param relayHome where a relay can run beside this worker */
  constructor(env: VaultEnvironment, relayHome?: RelayHome) {
    this.#vaults = new VaultPool(env, relayHome && new RelayClient(env, relayHome))
  }

  /** @returns what to do with each message of the port. */
  connect(port: Port): (message: unknown) => void {
    const connection = new Connection(port, this.#vaults)
    return (message) => {
      this.#told.delete(connection)
      this.#told.add(connection)
      connection.receive(message)
      const [longestSilent] = this.#told
      if (this.#told.size <= MAX_TOLD || !longestSilent) return
      this.#told.delete(longestSilent)
      longestSilent.silence()
    }
  }
}
