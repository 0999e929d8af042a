import type { WorkerPort } from '../vault/shared-worker.ts'
import type { VaultEnvironment } from '../vault/types.ts'


/** Text by name, guarded: storage that is missing, full or forbidden answers `null` and `false`. */
export interface Shelf {
  get(name: string): string | null
  /** @returns whether it is stored. `null` removes. */
  set(name: string, value: string | null): boolean
}

/** What happens to the page: seen, unseen, back on the network, put into or taken out of the back-forward cache, gone. */
export type PageEvent = 'visible' | 'hidden' | 'online' | 'offline' | 'cached' | 'restored' | 'gone'

/** Everything the client takes from the page. Tests give another one and own time, network, tabs and location. */
export interface PageEnvironment extends VaultEnvironment {
  href(): string
  /** Without a navigation; `history.state` is kept. */
  replace(url: string): void
  /** Tells routers that the URL changed. */
  announceUrl(): void
  /** Leaves the page. */
  assign(url: string): void
  visible(): boolean
  online(): boolean
  /** Whether a person just clicked or typed; undefined where the browser does not say. */
  touched(): boolean | undefined
  listen(listener: (event: PageEvent) => void): () => void
  /** Shows nothing of the page until it is said otherwise. */
  conceal(hidden: boolean): void
  tab: Shelf
  origin: Shelf
  /** @throws whatever forbids it; `failed` is called when it cannot run. */
  worker(name: string, url: string | undefined, failed: (reason: string) => void): WorkerPort
  warn(message: string): void
}

/** The only place in the page's half that names `window` and its like. Undefined on a server. */
export function browserEnvironment(): PageEnvironment | undefined {
  if (typeof window === 'undefined' || typeof document === 'undefined') return undefined
  return {
    fetch: (url, init) => fetch(url, init),
    now: () => Date.now(),
    monotonic: () => performance.now(),
    random: () => Math.random(),
    deadline: (ms) => AbortSignal.timeout(ms),
    timer(callback, ms) {
      const id = setTimeout(callback, ms)
      return () => clearTimeout(id)
    },
    channel(name) {
      if (typeof BroadcastChannel === 'undefined') return undefined
      const channel = new BroadcastChannel(name)
      return {
        post: (message) => channel.postMessage(message),
        listen: (listener) => channel.addEventListener('message', ({ data }) => listener(data)),
        close: () => channel.close(),
      }
    },
    locks: navigator.locks,
    href: () => location.href,
    replace: (url) => history.replaceState(history.state, '', url),
    announceUrl: () => void dispatchEvent(new PopStateEvent('popstate', { state: history.state })),
    assign: (url) => location.assign(url),
    visible: () => document.visibilityState === 'visible',
    online: () => navigator.onLine !== false,
    touched: () => navigator.userActivation?.isActive,
    listen: listenToPage,
    conceal(hidden) {
      const root = document.documentElement
      root.inert = hidden
      root.style.visibility = hidden ? 'hidden' : ''
    },
    tab: shelf(() => sessionStorage),
    origin: shelf(() => localStorage),
    worker: startWorker,
    warn: (message) => console.warn(`evertoken: ${message}`),
  }
}

function listenToPage(listener: (event: PageEvent) => void): () => void {
  const stop = new AbortController()
  const { signal } = stop
  const on = (target: EventTarget, type: string, event: (cause: Event) => PageEvent | undefined) =>
    target.addEventListener(type, (cause) => {
      const name = event(cause)
      if (name) listener(name)
    }, { signal })
  const persisted = (cause: Event) => (cause as PageTransitionEvent).persisted
  on(document, 'visibilitychange', () => (document.visibilityState === 'visible' ? 'visible' : 'hidden'))
  // Chromium froze the page and thaws it: timers stood still.
  on(document, 'resume', () => 'visible')
  on(window, 'online', () => 'online')
  on(window, 'offline', () => 'offline')
  on(window, 'pagehide', (cause) => (persisted(cause) ? 'cached' : 'gone'))
  on(window, 'pageshow', (cause) => (persisted(cause) ? 'restored' : undefined))
  return () => stop.abort()
}

function shelf(storage: () => Storage): Shelf {
  return {
    get(name) {
      try {
        return storage().getItem(name)
      } catch {
        return null
      }
    },
    set(name, value) {
      try {
        if (value === null) storage().removeItem(name)
        else storage().setItem(name, value)
        return true
      } catch {
        return false
      }
    },
  }
}

/** One policy for the life of the page: Trusted Types refuse a second one of the same name. */
let policy: { createScriptURL(url: string): string } | undefined
const trusted = new Set<string>()

const startWorker: PageEnvironment['worker'] = (name, given, failed) => {
  // Bundlers know this pattern: they copy the file, which needs nothing beside it.
  const own = new URL('../worker.js', import.meta.url)
  let url: string = given === undefined ? own.href : new URL(given, location.href).href
  const { trustedTypes } = window as unknown as {
    trustedTypes?: { createPolicy(name: string, rules: object): NonNullable<typeof policy> }
  }
  if (trustedTypes) {
    trusted.add(url)
    policy ??= trustedTypes.createPolicy('evertoken', {
      createScriptURL: (asked: string) => (trusted.has(asked) ? asked : ''),
    })
    url = policy.createScriptURL(url)
  }
  // Extended lifetime keeps memory over a reload and a visit to the provider (Chromium); others ignore it.
  const worker = new SharedWorker(url, { type: 'module', name, extendedLifetime: true } as WorkerOptions)
  const { port } = worker
  worker.onerror = (event) => {
    event.preventDefault()
    failed('the worker script could not be loaded or run')
  }
  return {
    post: (message) => port.postMessage(message),
    listen(listener) {
      port.addEventListener('message', ({ data }) => listener(data))
      port.start()
    },
    close: () => port.close(),
  }
}

