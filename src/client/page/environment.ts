import type { WorkerPort } from '../../vault/worker/client.ts'
import type { VaultEnvironment } from '../../vault/environment.ts'
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
}

/** Everything the client takes from the page. Tests give another one and own time, network, tabs and location. */
export interface PageEnvironment extends Pick<
  VaultEnvironment,
  'now' | 'monotonic' | 'random' | 'timer'
> {
  /** `assign` leaves the page. */
  location: Pick<Location, 'href' | 'assign'> & Partial<Pick<Location, 'ancestorOrigins'>>
  /** Without a navigation; `history.state` is kept. `notifyRouter`: routers hear of it. */
  replaceUrl(url: string, notifyRouter?: boolean): void
  /** Visible, and online as far as the browser knows. */
  isVisibleAndOnline(): boolean
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
  /** For the page vault; default: this thread's own. */
  vault?: VaultEnvironment
}

/** The only place in the page's half that names `window` and its like. Undefined on a server. */
export function browserEnvironment(): PageEnvironment | undefined {
  if (typeof document === 'undefined') return undefined
  let hiddenByThis = false
  return {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    random: Math.random,
    timer(callback, ms) {
      const id = setTimeout(callback, ms)
      return () => clearTimeout(id)
    },
    location,
    replaceUrl(url, notifyRouter) {
      history.replaceState(history.state, '', url)
      if (notifyRouter) dispatchEvent(new PopStateEvent('popstate', history))
    },
    isVisibleAndOnline,
    userActivation: () => navigator.userActivation?.isActive,
    listen,
    hidePage(hidden) {
      const root = document.documentElement
      if (hidden !== hiddenByThis) hidingClients += hidden ? 1 : -1
      hiddenByThis = hidden
      root.inert = hidingClients > 0
      root.style.visibility = root.inert ? 'hidden' : ''
    },
    sessionStorage: guardedStorage(() => sessionStorage),
    localStorage: guardedStorage(() => localStorage),
    startWorker,
    ...(DEVELOPMENT &&
      process.env.NODE_ENV !== 'production' && {
        warn: (message) => console.warn(`evertoken: ${message}`),
      }),
  }
}

/** How many clients of this page do not know yet who is signed in. */
let hidingClients = 0

const isVisibleAndOnline = (): boolean => !document.hidden && navigator.onLine

/** `resume`: Chromium froze the page and thaws it; timers stood still. */
const PAGE_EVENTS = ['visibilitychange', 'resume', 'online', 'offline', 'pagehide', 'pageshow']

function listen({ onActivityChange, onPageHide, onBackForwardRestore }: PageListener): () => void {
  const heard = (event: Event) => {
    const persisted = 'persisted' in event && event.persisted === true
    if (event.type === 'pagehide') onPageHide(persisted)
    else if (persisted) onBackForwardRestore()
    else onActivityChange(isVisibleAndOnline())
  }
  // Captured: what happens to the document passes the window on its way.
  for (const type of PAGE_EVENTS) addEventListener(type, heard, true)
  return () => {
    for (const type of PAGE_EVENTS) removeEventListener(type, heard, true)
  }
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
