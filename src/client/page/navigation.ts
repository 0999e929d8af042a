import type { PopupWindow } from './popup-window.ts'

/** What a sign-in does with the window: in the chunk of the sign-in. */
export interface PageNavigation {
  /** Goes to another page. Settles as this one is left: never, when something holds it back. */
  leave(url: string): Promise<void>
  /** Whether another page shows this one in a frame. */
  isFramed(): boolean
  /** To another path of this app without a navigation: routers hear of it, `history.state` is kept. */
  goTo(path: string): void
  /** Whether the user is in this window. */
  hasFocus(): boolean
  /** To the window that opened this one, where it is of this origin. */
  tellOpener(message: unknown): void
  /** What pages of this origin say in a window that this one opened. @returns what ends it */
  listenTo(popup: PopupWindow, listener: (message: unknown) => void): () => void
  /** Closes this window, where a script opened it. */
  closeWindow(): void
}

export const browserNavigation: PageNavigation = {
  leave: (url) =>
    new Promise((resolve) => {
      addEventListener('pagehide', () => resolve(), { once: true })
      location.assign(url)
    }),
  isFramed: () => window.top !== window.self,
  goTo(path) {
    const before = location.href
    history.replaceState(history.state, '', path)
    dispatchEvent(new PopStateEvent('popstate', history))
    // Routers in the fragment listen to this instead.
    const change = { oldURL: before, newURL: location.href }
    if (new URL(before).hash !== location.hash) {
      dispatchEvent(new HashChangeEvent('hashchange', change))
    }
  },
  hasFocus: () => document.hasFocus(),
  // RFC 9700 §4.17: to this origin and to no other, from this window and from no other.
  tellOpener: (message) => (window.opener as Window | null)?.postMessage(message, location.origin),
  listenTo(popup, listener) {
    const heard = ({ origin, source, data }: MessageEvent): void => {
      if (origin === location.origin && source === popup) listener(data)
    }
    addEventListener('message', heard)
    return () => removeEventListener('message', heard)
  },
  closeWindow: () => window.close(),
}
