/** What a sign-in does with the window: in the chunk of the sign-in. */
export interface PageNavigation {
  /** Goes to another page. Settles as this one is left: never, when something holds it back. */
  leave(url: string): Promise<void>
  /** Whether another page shows this one in a frame. */
  isFramed(): boolean
  /** To another path of this app without a navigation: routers hear of it, `history.state` is kept. */
  goTo(path: string): void
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
}
