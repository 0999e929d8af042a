import { VaultHost } from '../../vault/worker/host.ts'
import type { VirtualRelays } from './relays.ts'
import type { Thread } from './thread.ts'

/** The SharedWorkers of one origin, by name. They outlive tabs, as with `extendedLifetime`. */
export class VirtualWorkers {
  readonly hosts = new Map<string, VaultHost>()
  readonly #threads = new Map<VaultHost, Thread>()
  readonly #killed = new WeakSet<VaultHost>()
  readonly #startThread: () => Thread
  readonly #relays: VirtualRelays | undefined
  #started = 0

  /** @param relays undefined: workers have no ServiceWorkers, as in Chromium */
  constructor(startThread: () => Thread, relays: VirtualRelays | undefined) {
    this.#startThread = startThread
    this.#relays = relays
  }

  /** The one of this name, started if there is none. @param version of its file: another one is another worker */
  start(name: string, version = ''): VaultHost {
    const key = version ? `${name} ${version}` : name
    const running = this.hosts.get(key)
    if (running) return running
    const thread = this.#startThread()
    const id = String(++this.#started)
    const worker = { name, id, isAlive: () => this.isAlive(host) }
    const host: VaultHost = new VaultHost(thread, this.#relays?.home(worker, version))
    this.hosts.set(key, host)
    this.#threads.set(host, thread)
    return host
  }

  isAlive(host: VaultHost): boolean {
    return !this.#killed.has(host)
  }

  /** Those of one version of the worker's file, by their keys in `hosts`. */
  ofVersion(version: string): string[] {
    return [...this.hosts.keys()].filter((key) => key.endsWith(` ${version}`))
  }

  /** No page has it any more: the next one starts another. @returns what ends it, for it may take a while to die */
  retire(key: string): () => void {
    const host = this.hosts.get(key)
    this.hosts.delete(key)
    return () => host && this.#end(host)
  }

  /** All its pages are in the back-forward cache: it stands still with them. */
  freeze(key: string): void {
    this.#thread(key)?.freeze()
  }

  thaw(key: string): void {
    this.#thread(key)?.thaw()
  }

  /** The browser ends a worker: its memory is gone, and its ports fall silent without a word. Default: all of them. */
  kill(name?: string): void {
    for (const [key, host] of this.hosts) {
      if (name !== undefined && key !== name) continue
      this.hosts.delete(key)
      this.#end(host)
    }
  }

  #thread(key: string): Thread | undefined {
    const host = this.hosts.get(key)
    return host && this.#threads.get(host)
  }

  #end(host: VaultHost): void {
    this.#killed.add(host)
    this.#threads.get(host)?.close()
    this.#threads.delete(host)
  }
}
