import { VaultHost } from '../../vault/worker/host.ts'
import type { Thread } from './thread.ts'

/** The SharedWorkers of one origin, by name. They outlive tabs, as with `extendedLifetime`. */
export class VirtualWorkers {
  readonly hosts = new Map<string, VaultHost>()
  readonly #threads = new Map<VaultHost, Thread>()
  readonly #killed = new WeakSet<VaultHost>()
  readonly #startThread: () => Thread

  constructor(startThread: () => Thread) {
    this.#startThread = startThread
  }

  /** The one of this name, started if there is none. */
  start(name: string): VaultHost {
    const running = this.hosts.get(name)
    if (running) return running
    const thread = this.#startThread()
    const host = new VaultHost(thread)
    this.hosts.set(name, host)
    this.#threads.set(host, thread)
    return host
  }

  isAlive(host: VaultHost): boolean {
    return !this.#killed.has(host)
  }

  /** The browser ends a worker: its memory is gone, and its ports fall silent without a word. Default: all of them. */
  kill(name?: string): void {
    for (const [key, host] of this.hosts) {
      if (name !== undefined && key !== name) continue
      this.hosts.delete(key)
      this.#killed.add(host)
      this.#threads.get(host)?.close()
    }
  }
}
