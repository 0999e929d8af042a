import type { WorkerPort } from '../../vault/worker/client.ts'
import type { VaultEnvironment } from '../../vault/environment.ts'

declare const process: { env: { NODE_ENV?: string } }

/** Bundlers make it a constant, and drop in production what stands behind it. */
export const DEVELOPMENT = process.env.NODE_ENV !== 'production'

/** Text by name, guarded: storage that is missing, full or forbidden answers `null` and `false`. */
export interface StringStorage {
  get(name: string): string | null
  /** `null` removes. @returns whether it is stored. */
  set(name: string, value: string | null): boolean
}

/** Those who want to know what happens to the page. */
export interface PageListener {
  /** Seen, thawed or online again; `false`: hidden or offline. */
  onActivityChange(active: boolean): void
  /** `kept`: into the back-forward cache. Else for good. */
  onPageHide(cached: boolean): void
  /** Out of the back-forward cache. */
  onBackForwardRestore(): void
}

/** Everything the client takes from the page. Tests give another one and own time, network, tabs and location. */
export interface PageEnvironment extends Pick<
  VaultEnvironment,
  'now' | 'monotonic' | 'random' | 'timer'
> {
  /** `assign` leaves the page. */
  location: Pick<Location, 'href' | 'assign'> & Partial<Pick<Location, 'ancestorOrigins'>>
  /** Without a navigation; `history.state` is kept. `tell`: routers hear of it. */
  replaceUrl(url: string, notifyRouter?: boolean): void
  /** Seen by somebody, and online as far as the browser knows. */
  isVisibleAndOnline(): boolean
  /** Whether a person just clicked or typed; undefined where the browser does not say. */
  userActivation(): boolean | undefined
  /** For the life of the page. */
  listen(listener: PageListener): void
  /** Shows nothing of the page until it is said otherwise. */
  hidePage(hidden: boolean): void
  sessionStorage: StringStorage
  localStorage: StringStorage
  /** @throws whatever forbids it; `failed` is called when it cannot run. */
  startWorker(name: string, url: string | undefined, failed: (reason: Error) => void): WorkerPort
  /** While developing. */
  warn?(message: string): void
  /** For the page vault; default: this thread's own. */
  vault?: VaultEnvironment
}

/** The only place in the page's half that names `window` and its like. Undefined on a server. */
export function browserEnvironment(): PageEnvironment | undefined {
  if (typeof document === 'undefined') return undefined
  let hidden_ = false
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
      if (hidden !== hidden_) hiddenBy += hidden ? 1 : -1
      hidden_ = hidden
      root.inert = hiddenBy > 0
      root.style.visibility = root.inert ? 'hidden' : ''
    },
    sessionStorage: guardedStorage(() => sessionStorage),
    localStorage: guardedStorage(() => localStorage),
    startWorker,
    ...(DEVELOPMENT && { warn: (message) => console.warn(`evertoken: ${message}`) }),
  }
}

/** How many clients of this page do not know yet who is signed in. */
let hiddenBy = 0

const isVisibleAndOnline = (): boolean => !document.hidden && navigator.onLine

function listen({ onActivityChange, onPageHide, onBackForwardRestore }: PageListener): void {
  // `resume`: Chromium froze the page and thaws it; timers stood still.
  for (const type of 'visibilitychange resume online offline pagehide pageshow'.split(' ')) {
    const heard = (event: Event) => {
      const { persisted } = event as PageTransitionEvent
      if (type === 'pagehide') onPageHide(persisted)
      else if (persisted) onBackForwardRestore()
      else onActivityChange(isVisibleAndOnline())
    }
    // Captured: what happens to the document passes here on its way.
    addEventListener(type, heard, true)
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

/** One policy for the life of the page: Trusted Types refuse a second one of the same name. */
let policy: { createScriptURL(url: ''): string } | undefined
let script = ''

const startWorker: PageEnvironment['startWorker'] = (name, given, failed) => {
  // Bundlers know this pattern: they copy the file, which needs nothing beside it.
  const own = new URL('../../worker.js', import.meta.url)
  const url = (script = (given ? new URL(given, location.href) : own).href)
  const { trustedTypes } = window as unknown as {
    trustedTypes?: { createPolicy(name: string, rules: object): NonNullable<typeof policy> }
  }
  // Whoever gets hold of the policy can make no other URL of it.
  policy ??= trustedTypes?.createPolicy('evertoken', { createScriptURL: () => script })
  // Extended lifetime keeps memory over a reload and a visit to the provider (Chromium); others ignore it.
  const worker = new SharedWorker(policy?.createScriptURL('') ?? url, {
    type: 'module',
    name,
    extendedLifetime: true,
  } as WorkerOptions)
  worker.onerror = (event) => {
    event.preventDefault()
    failed(new Error(`${url} did not run`))
  }
  return worker.port
}
