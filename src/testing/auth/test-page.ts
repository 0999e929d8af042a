import { browserNavigation } from '../../client/page/navigation.ts'
import { browserEnvironment, type PageEnvironment } from '../../client/page/environment.ts'
import { threadEnvironment } from '../../vault/environment.ts'
import type { StringStorage } from '../../vault/string-storage.ts'

/** Where a test that has no document is. */
const NOWHERE = 'http://localhost/'

/**
 * The page that a test runs in, so far as it is the test's own: nothing is stored or told to other tabs, nothing leaves
 * the page, and time is whatever the test has made of it.
 * @param leave the page goes to sign in
 */
export function createTestPage(leave: () => void): PageEnvironment {
  const own = browserEnvironment()
  const href = () => (own ? own.location.href : NOWHERE)
  return {
    ...threadEnvironment,
    // Named at the call: a test's own `fetch` and timers are put in the place of the real ones after the thread's were taken.
    fetch: (url, init) => fetch(url, init),
    timer(callback, ms) {
      const id = setTimeout(callback, ms)
      return () => clearTimeout(id)
    },
    channel: () => undefined,
    locks: undefined,
    location: {
      get href() {
        return href()
      },
      assign() {},
    },
    navigation: {
      ...browserNavigation,
      async leave() {
        leave()
      },
      isFramed: () => false,
      goTo: (path) => own && browserNavigation.goTo(path),
    },
    openPopup: () => undefined,
    requests: { baseUrl: href, send: (request, init) => fetch(request, init) },
    replaceUrl: (url) => own?.replaceUrl(url),
    isVisible: () => own?.isVisible() ?? true,
    isOnline: () => own?.isOnline() ?? true,
    userActivation: () => undefined,
    listen: (listener) => own?.listen(listener) ?? (() => {}),
    hidePage() {},
    sessionStorage: inMemory(),
    localStorage: inMemory(),
    startWorker: () => undefined,
  }
}

function inMemory(): StringStorage {
  const values = new Map<string, string>()
  return {
    get: (name) => values.get(name) ?? null,
    set(name, value) {
      if (value === null) values.delete(name)
      else values.set(name, value)
      return true
    },
  }
}
