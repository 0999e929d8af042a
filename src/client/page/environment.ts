import type { WorkerPort } from '../../vault/worker/client.ts'
import { threadEnvironment, type VaultEnvironment } from '../../vault/environment.ts'
import { DEVELOPMENT } from './development.ts'
import { startWorker } from './start-worker.ts'

declare const process: { env: { NODE_ENV?: string } }

/** Text by name, guarded: storage that is missing, full or forbidden answers `null` and `false`. */
export interface StringStorage {
  get(name: string): string | null
  /** `null` removes. @returns whether it is stored. */
  set(name: string, value: string | null): boolean
}

/** Who is told what happens to the page. */
export interface PageListener {
  /** The page is visible, thawed or online again; `false`: hidden or offline. */
  onActivityChange(active: boolean): void
  /** The page is left: `cached`, into the back-forward cache; else for good. */
  onPageHide(cached: boolean): void
  /** The page comes out of the back-forward cache. */
  onBackForwardRestore(): void
  /** The browser freezes the page in the background: nothing reaches it until it is thawed. */
  onFreeze(): void
  onThaw(): void
}

/** Everything the client takes from the page. Tests give another one and own time, network, tabs and location. */
export interface PageEnvironment extends Pick<
  VaultEnvironment,
  'now' | 'monotonic' | 'random' | 'timer'
> {
  /** `assign` leaves the page. */
  location: Pick<Location, 'href' | 'assign'>
  /** Goes to another page. Settles as this one is left: never, when something holds it back. */
  leave(url: string): Promise<void>
  /** Whether another page shows this one in a frame. */
  isFramed(): boolean
  /** Without a navigation; `history.state` is kept. `notifyRouter`: routers hear of it. */
  replaceUrl(url: string, notifyRouter?: boolean): void
  isVisible(): boolean
  /** As far as the browser knows: it may say `false` although the network works. */
  isOnline(): boolean
  /** Whether a person just clicked or typed; undefined where the browser does not say. */
  userActivation(): boolean | undefined
  /** @returns what ends it */
  listen(listener: PageListener): () => void
  /** Shows nothing of the page until it is said otherwise. */
  hidePage(hidden: boolean): void
  sessionStorage: StringStorage
  localStorage: StringStorage
  /** @throws whatever forbids it; `onError` is called when it cannot run. */
  startWorker(name: string, url: string | undefined, onError: (reason: Error) => void): WorkerPort
  /** While developing. */
  warn?(message: string): void
  /** What the page vault takes from this thread. */
  vault: VaultEnvironment
}

/** The only place in the page's half that names `window` and its like. Undefined on a server. */
export function browserEnvironment(): PageEnvironment | undefined {
  if (typeof document === 'undefined') return undefined
  const self = Symbol()
  return {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    random: Math.random,
    timer(callback, ms) {
      const id = setTimeout(callback, ms)
      return () => clearTimeout(id)
    },
    location,
    leave,
    isFramed: () => window.top !== window.self,
    replaceUrl(url, notifyRouter) {
      const before = location.href
      history.replaceState(history.state, '', url)
      if (!notifyRouter) return
      dispatchEvent(new PopStateEvent('popstate', history))
      // Routers in the fragment listen to this instead.
      const change = { oldURL: before, newURL: location.href }
      if (new URL(before).hash !== location.hash) {
        dispatchEvent(new HashChangeEvent('hashchange', change))
      }
    },
    isVisible,
    isOnline,
    userActivation: () => navigator.userActivation?.isActive,
    listen,
    hidePage(hidden) {
      const root = document.documentElement
      if (hidden) hidingClients.add(self)
      else hidingClients.delete(self)
      root.inert = hidingClients.size > 0
      root.style.visibility = root.inert ? 'hidden' : ''
    },
    sessionStorage: guardedStorage(() => sessionStorage),
    localStorage: guardedStorage(() => localStorage),
    startWorker,
    vault: threadEnvironment,
    ...(DEVELOPMENT &&
      process.env.NODE_ENV !== 'production' && {
        warn: (message) => console.warn(`evertoken: ${message}`),
      }),
  }
}

function leave(url: string): Promise<void> {
  return new Promise((resolve) => {
    addEventListener('pagehide', () => resolve(), { once: true })
    location.assign(url)
  })
}

/** How many clients of this page do not know yet who is signed in. */
const hidingClients = new Set<symbol>()

const isVisible = (): boolean => !document.hidden

const isOnline = (): boolean => navigator.onLine

/** `freeze` and `resume` are Chromium's (Page Lifecycle): timers stand still between them. */
const PAGE_EVENTS = [
  'visibilitychange',
  'online',
  'offline',
  'freeze',
  'resume',
  'pagehide',
  'pageshow',
]

function listen(listener: PageListener): () => void {
  const heard = (event: Event) => {
    const persisted = 'persisted' in event && event.persisted === true
    if (event.type === 'pagehide') listener.onPageHide(persisted)
    else if (persisted) listener.onBackForwardRestore()
    else if (event.type === 'freeze') listener.onFreeze()
    else if (event.type === 'resume') listener.onThaw()
    else listener.onActivityChange(isVisible() && isOnline())
  }
  const ended = new AbortController()
  // Captured: what happens to the document passes the window on its way.
  const options = { capture: true, signal: ended.signal }
  for (const type of PAGE_EVENTS) addEventListener(type, heard, options)
  return () => ended.abort()
}

function guardedStorage(storage: () => Storage): StringStorage {
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
