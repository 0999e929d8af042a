import { setImmediate } from 'node:timers/promises'
import type {
  PageEnvironment,
  PageListener,
  StringStorage,
} from '../../src/client/page/environment.ts'
import { VaultHost } from '../../src/vault/worker/host.ts'
import type { WorkerPort } from '../../src/vault/worker/client.ts'
import type { Channel, VaultEnvironment } from '../../src/vault/environment.ts'

/** What is under way in threads, in real time: WebCrypto, and reading a Blob. */
let computing = 0
type Operations = Record<string, (this: unknown, ...given: unknown[]) => Promise<unknown>>
const watched: [object, string[]][] = [
  [crypto.subtle, ['sign', 'verify', 'digest', 'importKey', 'exportKey', 'encrypt']],
  [new Blob(), ['text']],
]
for (const [one, names] of watched) {
  const operations = Object.getPrototypeOf(one) as Operations
  for (const name of names) {
    const own = operations[name]!
    operations[name] = async function (...given) {
      computing++
      try {
        return await own.apply(this, given)
      } finally {
        computing--
      }
    }
  }
}

/**
 * A device in memory: one clock pair, one origin with storage, channels, locks and workers, any number of
 * tabs. Time moves only when told to; the network is whatever `fetch` is given.
 */
export class World {
  wall = Date.UTC(2026, 0, 1)
  mono = 1000
  online = true
  random = 0.5
  /** Workers by name: they outlive tabs, as with `extendedLifetime`. */
  readonly hosts = new Map<string, VaultHost>()
  readonly originStorage = new Map<string, string>()
  /** Everything ever posted on a channel, for leak scans. */
  readonly broadcasts: { name: string; message: unknown }[] = []
  #timers = new Map<number, { at: number; callback: () => void }>()
  #nextTimer = 1
  #channels = new Map<string, Set<(message: unknown) => void>>()
  #locks = new Map<string, Promise<unknown>>()
  readonly fetch: VaultEnvironment['fetch']

  constructor(fetch: VaultEnvironment['fetch']) {
    this.fetch = fetch
  }

  /** One thread's environment, a worker's or a page's; `close()` it to take its channels and locks away. */
  thread(
    options: { channels?: boolean; locks?: boolean } = {},
  ): VaultEnvironment & { close(): void } {
    const { channels = true, locks = true } = options
    const open = new Set<() => void>()
    let closed = false
    const gone = new Promise<void>((resolve) => open.add(resolve))
    const request = (
      name: string,
      options: { signal?: AbortSignal },
      run: () => Promise<unknown>,
    ): Promise<unknown> =>
      this.#lock(name, options, async () => (closed ? undefined : Promise.race([run(), gone])))
    return {
      fetch: (url, init) => {
        if (!this.online) return Promise.reject(new TypeError('Failed to fetch'))
        return this.fetch(url, init)
      },
      now: () => this.wall,
      monotonic: () => this.mono,
      random: () => this.random,
      deadline: (ms) => {
        const abort = new AbortController()
        this.timer(() => abort.abort(new DOMException('late', 'TimeoutError')), ms)
        return abort.signal
      },
      timer: (callback, ms) => this.timer(callback, ms),
      channel: (name) => {
        if (!channels) return undefined
        const channel = this.#channel(name)
        open.add(() => channel.close())
        return channel
      },
      locks: locks ? ({ request } as unknown as LockManager) : undefined,
      close: () => {
        closed = true
        for (const close of open) close()
      },
    }
  }

  timer(callback: () => void, ms: number): () => void {
    if (ms > 2 ** 31 - 1) throw new Error(`a timer of ${ms} ms would fire at once`)
    const id = this.#nextTimer++
    this.#timers.set(id, { at: this.mono + Math.max(ms, 0), callback })
    return () => void this.#timers.delete(id)
  }

  get pendingTimers(): number {
    return this.#timers.size
  }

  /** Lets promises, also those of threads, run as far as they get without time. */
  async settle(turns = 30): Promise<void> {
    for (let i = 0; i < turns; i++) {
      await setImmediate()
      // However loaded the machine is: time stands still until the threads are done.
      if (computing > 0) i = 0
    }
  }

  /** Time passes on both clocks; timers fire in order. */
  async advance(ms: number): Promise<void> {
    const end = this.mono + ms
    await this.settle()
    for (;;) {
      const next = [...this.#timers].sort(([a, x], [b, y]) => x.at - y.at || a - b)[0]
      if (!next || next[1].at > end) break
      this.#pass(Math.max(next[1].at - this.mono, 0))
      this.#timers.delete(next[0])
      next[1].callback()
      await this.settle()
    }
    this.#pass(end - this.mono)
    await this.settle()
  }

  /** The laptop sleeps: no timer fires, and the monotonic clock may stand still. */
  sleep(ms: number, monotonicToo = false): void {
    this.wall += ms
    if (monotonicToo) this.mono += ms
  }

  /** Somebody sets the clock. */
  jump(ms: number): void {
    this.wall += ms
  }

  /** Waits, letting time pass in steps, until something holds. */
  async until(what: () => boolean, limit = 60_000, step = 50): Promise<void> {
    const end = this.mono + limit
    await this.settle()
    while (!what()) {
      if (this.mono >= end) throw new Error(`not within ${limit} ms: ${what}`)
      await this.advance(step)
    }
  }

  tab(options: TabOptions = {}): Tab {
    return new Tab(this, options)
  }

  #pass(ms: number): void {
    this.wall += ms
    this.mono += ms
  }

  #channel(name: string): Channel {
    const own = new Set<(message: unknown) => void>()
    let all = this.#channels.get(name)
    if (!all) this.#channels.set(name, (all = new Set()))
    const everyone = all
    return {
      post: (message) => {
        const copy = structuredClone(message)
        this.broadcasts.push({ name, message: copy })
        for (const listener of [...everyone]) {
          if (!own.has(listener)) queueMicrotask(() => everyone.has(listener) && listener(copy))
        }
      },
      listen: (listener) => {
        const wrapped = (message: unknown) => listener(message)
        own.add(wrapped)
        everyone.add(wrapped)
      },
      close: () => {
        for (const listener of own) everyone.delete(listener)
      },
    }
  }

  #lock = async (
    name: string,
    options: { signal?: AbortSignal },
    run: () => Promise<unknown>,
  ): Promise<unknown> => {
    const before = this.#locks.get(name) ?? Promise.resolve()
    let release!: () => void
    const held = new Promise<void>((resolve) => (release = resolve))
    this.#locks.set(
      name,
      before.then(() => held),
    )
    const { signal } = options
    try {
      await Promise.race([
        before,
        new Promise((_, reject) =>
          signal?.addEventListener('abort', () => reject(signal.reason as Error)),
        ),
      ])
      return await run()
    } finally {
      release()
    }
  }
}

export interface TabOptions {
  url?: string
  /** 'works': a host in this world; 'throws', 'fails' (error event), 'silent', or a host of one's own. */
  worker?: 'works' | 'throws' | 'fails' | 'silent' | VaultHost
  storage?: boolean
  /** A copy of another tab's session storage: `window.open`. */
  cloneOf?: Tab
  channels?: boolean
  locks?: boolean
}

type PageEvent = 'wake' | 'rest' | 'cached' | 'restored' | 'gone'

/** One page of the world, as its client sees it. */
export class Tab {
  href: string
  visible = true
  touched: boolean | undefined = true
  concealed = false
  readonly assigned: string[] = []
  readonly replaced: string[] = []
  readonly warnings: string[] = []
  readonly storage = new Map<string, string>()
  readonly env: PageEnvironment
  announcedUrls = 0
  /** Messages the worker answered while this was on: delivered when it is off again. */
  muted = false
  #listeners = new Set<PageListener>()
  #held: (() => void)[] = []

  constructor(world: World, options: TabOptions) {
    const { url = 'https://app.example/', worker = 'works', storage = true } = options
    this.href = url
    for (const [name, value] of options.cloneOf?.storage ?? []) this.storage.set(name, value)
    const thread = world.thread(options)
    this.env = {
      now: thread.now,
      monotonic: thread.monotonic,
      random: thread.random,
      timer: thread.timer,
      location: Object.defineProperty(
        { href: '', assign: (to: string | URL) => void this.assigned.push(String(to)) },
        'href',
        { get: () => this.href },
      ),
      replaceUrl: (to, notifyRouter) => {
        this.href = new URL(to, this.href).href
        if (notifyRouter) this.announcedUrls++
        this.replaced.push(this.href)
      },
      isVisibleAndOnline: () => this.visible && world.online,
      userActivation: () => this.touched,
      listen: (listener) => {
        this.#listeners.add(listener)
        return () => void this.#listeners.delete(listener)
      },
      hidePage: (hidden) => void (this.concealed = hidden),
      sessionStorage: shelf(this.storage, storage),
      localStorage: shelf(world.originStorage, storage),
      startWorker: (name, _url, failed) => {
        if (worker === 'throws') throw new DOMException('refused', 'SecurityError')
        if (worker === 'fails') queueMicrotask(() => failed(new Error('404')))
        if (worker === 'silent' || worker === 'fails') return deaf()
        let host = typeof worker === 'string' ? world.hosts.get(name) : worker
        if (!host) world.hosts.set(name, (host = new VaultHost(world.thread())))
        return this.#port(host)
      },
      warn: (message) => void this.warnings.push(message),
      vault: thread,
    }
  }

  emit(event: PageEvent): void {
    for (const { onActivityChange, onPageHide, onBackForwardRestore } of [...this.#listeners]) {
      if (event === 'restored') onBackForwardRestore()
      else if (event === 'cached' || event === 'gone') onPageHide(event === 'cached')
      else onActivityChange(event === 'wake')
    }
  }

  show(visible: boolean): void {
    this.visible = visible
    this.emit(visible ? 'wake' : 'rest')
  }

  /** What was held back while `muted`. */
  unmute(): void {
    this.muted = false
    for (const deliver of this.#held.splice(0)) deliver()
  }

  #port(host: VaultHost): WorkerPort {
    const port = deaf()
    let open = true
    const receive = host.connect({
      postMessage: (message) => {
        const copy = structuredClone(message)
        const deliver = () =>
          open && port.onmessage?.call(port as MessagePort, { data: copy } as MessageEvent)
        if (this.muted) this.#held.push(deliver)
        else queueMicrotask(deliver)
      },
    })
    return Object.assign(port, {
      postMessage: (message: unknown) => {
        const copy = structuredClone(message)
        queueMicrotask(() => receive(copy))
      },
      close: () => void (open = false),
    })
  }
}

export const deaf = (): WorkerPort => ({ postMessage() {}, onmessage: null, close() {} })

function shelf(map: Map<string, string>, works: boolean): StringStorage {
  return {
    get: (name) => (works ? (map.get(name) ?? null) : null),
    set(name, value) {
      if (!works) return false
      if (value === null) map.delete(name)
      else map.set(name, value)
      return true
    },
  }
}
