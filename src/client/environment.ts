import type { WorkerPort } from '../vault/shared-worker.ts'
import type { VaultEnvironment } from '../vault/types.ts'

declare const process: { env: { NODE_ENV?: string } }

/** Bundlers make it a constant, and drop in production what stands behind it. */
export const DEVELOPMENT = process.env.NODE_ENV !== 'production'

/** Text by name, guarded: storage that is missing, full or forbidden answers `null` and `false`. */
export interface Shelf {
  get(name: string): string | null
  /** `null` removes. @returns whether it is stored. */
  set(name: string, value: string | null): boolean
}

/** Those who want to know what happens to the page. */
export interface PageListener {
  /** Seen, thawed or online again; `false`: hidden or offline. */
  wake(again: boolean): void
  /** `kept`: into the back-forward cache. Else for good. */
  leave(kept: boolean): void
  /** Out of the back-forward cache. */
  comeBack(): void
}

/** Everything the client takes from the page. Tests give another one and own time, network, tabs and location. */
export interface PageEnvironment extends Pick<
  VaultEnvironment,
  'now' | 'monotonic' | 'random' | 'timer'
> {
  /** `assign` leaves the page. */
  location: Pick<Location, 'href' | 'assign'> & Partial<Pick<Location, 'ancestorOrigins'>>
  /** Without a navigation; `history.state` is kept. `tell`: routers hear of it. */
  replace(url: string, tell?: boolean): void
  /** Seen by somebody, and online as far as the browser knows. */
  awake(): boolean
  /** Whether a person just clicked or typed; undefined where the browser does not say. */
  touched(): boolean | undefined
  /** For the life of the page. */
  listen(listener: PageListener): void
  /** Shows nothing of the page until it is said otherwise. */
  conceal(hidden: boolean): void
  tab: Shelf
  origin: Shelf
  /** @throws whatever forbids it; `failed` is called when it cannot run. */
  worker(name: string, url: string | undefined, failed: (reason: Error) => void): WorkerPort
  /** While developing. */
  warn?(message: string): void
  /** For the page vault; default: this thread's own. */
  vault?: VaultEnvironment
}

/** The only place in the page's half that names `window` and its like. Undefined on a server. */
export function browserEnvironment(): PageEnvironment | undefined {
  if (typeof document === 'undefined') return undefined
  let concealed = false
  return {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    random: Math.random,
    timer(callback, ms) {
      const id = setTimeout(callback, ms)
      return () => clearTimeout(id)
    },
    location,
    replace(url, tell) {
      history.replaceState(history.state, '', url)
      if (tell) dispatchEvent(new PopStateEvent('popstate', history))
    },
    awake,
    touched: () => navigator.userActivation?.isActive,
    listen,
    conceal(hidden) {
      const root = document.documentElement
      if (hidden !== concealed) concealing += hidden ? 1 : -1
      concealed = hidden
      root.inert = concealing > 0
      root.style.visibility = root.inert ? 'hidden' : ''
    },
    tab: shelf(() => sessionStorage),
    origin: shelf(() => localStorage),
    worker: startWorker,
    ...(DEVELOPMENT && { warn: (message) => console.warn(`evertoken: ${message}`) }),
  }
}

/** How many clients of this page do not know yet who is signed in. */
let concealing = 0

const awake = (): boolean => !document.hidden && navigator.onLine

function listen({ wake, leave, comeBack }: PageListener): void {
  // `resume`: Chromium froze the page and thaws it; timers stood still.
  for (const type of 'visibilitychange resume online offline pagehide pageshow'.split(' ')) {
    const heard = (event: Event) => {
      const { persisted } = event as PageTransitionEvent
      if (type === 'pagehide') leave(persisted)
      else if (persisted) comeBack()
      else wake(awake())
    }
    // Captured: what happens to the document passes here on its way.
    addEventListener(type, heard, true)
  }
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
let policy: { createScriptURL(url: ''): string } | undefined
let script = ''

const startWorker: PageEnvironment['worker'] = (name, given, failed) => {
  // Bundlers know this pattern: they copy the file, which needs nothing beside it.
  const own = new URL('../worker.js', import.meta.url)
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
