import type { StringStorage } from '../../vault/string-storage.ts'
import type { WorkerPort } from '../../vault/worker/client.ts'
import { attempt } from '../../vault/attempt.ts'
import { threadEnvironment, type VaultEnvironment } from '../../vault/environment.ts'
import { DEVELOPMENT } from './development.ts'
import type { PageNavigation } from './navigation.ts'
import type { PopupWindow } from './popup-window.ts'
import type { PageRequests } from './requests.ts'
import { startWorker } from './start-worker.ts'

declare const process: { env: { NODE_ENV?: string } }

/**
 * Events of the page that the session follows. `freeze` and `resume` are Chromium's (Page Lifecycle): timers stand still
 * between them.
 */
const PAGE_EVENTS = [
  'visibilitychange',
  'online',
  'offline',
  'freeze',
  'resume',
  'pagehide',
  'pageshow',
] as const

export type PageEvent = (typeof PAGE_EVENTS)[number]

/** @param isCached of `pagehide` and `pageshow`: into the back-forward cache, or out of it */
export type PageListener = (event: PageEvent, isCached: boolean) => void

/** Everything the client takes from the page. Tests give another one and own time, network, tabs and location. */
export interface PageEnvironment extends VaultEnvironment {
  location: Pick<Location, 'href' | 'assign'>
  /** What only a sign-in needs. Undefined: the browser's own, which comes with the sign-in's chunk. */
  navigation?: PageNavigation
  /** A window for a sign-in, empty yet; undefined where it is blocked. */
  openPopup(): PopupWindow | undefined
  /** What only calls of protected resources need, in the same way. */
  requests?: PageRequests
  /** Without a navigation; `history.state` is kept. */
  replaceUrl(url: string): void
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
  /** Undefined where something forbids it. `onError` says why it cannot run. */
  startWorker(
    name: string,
    url: string | undefined,
    onError: (reason: string) => void,
  ): WorkerPort | undefined
  /** While developing. */
  warn?(message: string): void
}

/** The only place in the page's half that names `window` and its like. Undefined on a server. */
export function browserEnvironment(): PageEnvironment | undefined {
  if (typeof document === 'undefined') return undefined
  const self = {}
  const page: PageEnvironment = {
    ...threadEnvironment,
    location,
    openPopup: () => open('', '', 'popup,width=500,height=650') ?? undefined,
    replaceUrl: (url) => history.replaceState(history.state, '', url),
    isVisible: () => !document.hidden,
    isOnline: () => navigator.onLine,
    userActivation: () => navigator.userActivation?.isActive,
    listen,
    hidePage(hidden) {
      const root = document.documentElement
      hidingClients[hidden ? 'add' : 'delete'](self)
      root.inert = hidingClients.size > 0
      root.style.visibility = root.inert ? 'hidden' : ''
    },
    sessionStorage: guardedStorage(() => sessionStorage),
    localStorage: guardedStorage(() => localStorage),
    startWorker,
  }
  if (DEVELOPMENT && process.env.NODE_ENV !== 'production') {
    page.warn = (message) => console.warn(`evertoken: ${message}`)
  }
  return page
}

/** The clients of this page that do not know yet who is signed in. */
const hidingClients = new Set<object>()

function listen(listener: PageListener): () => void {
  const heard = ({ type, persisted }: { type: string; persisted?: boolean }) =>
    listener(type as PageEvent, persisted === true)
  // Captured: what happens to the document passes the window on its way. Without a signal to end it: under Jest, jsdom may
  // have been given another AbortController than its own, and refuses its signals.
  for (const type of PAGE_EVENTS) addEventListener(type, heard, true)
  return () => {
    for (const type of PAGE_EVENTS) removeEventListener(type, heard, true)
  }
}

function guardedStorage(storage: () => Storage): StringStorage {
  return {
    get: (name) => attempt(() => storage().getItem(name)) ?? null,
    set: (name, value) =>
      attempt(() => {
        if (value === null) storage().removeItem(name)
        else storage().setItem(name, value)
        return true
      }) ?? false,
  }
}
