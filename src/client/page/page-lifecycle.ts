import type { SessionMachine } from '../session/session-machine.ts'
import type { TokenCache } from '../tokens/token-cache.ts'
import type { PageEnvironment } from './environment.ts'

export interface PageLifecycleParts {
  page: PageEnvironment
  machine: Pick<SessionMachine, 'showError' | 'shown' | 'pause'>
  tokens: TokenCache
  /** Whether this page hears of the other tabs. */
  listenToTabs(listens: boolean): void
  connection: {
    /** The vault tells a hidden page nothing more until it is asked again. */
    leave(): void
    /** What is said from now on is old news when the page hears it. */
    pause(): void
    askAgain(): Promise<void>
    /** The page is in sight and online again. */
    wake(): void
  }
}

/**
 * What happens to the page happens to the session: out of sight nothing is renewed, and what comes out of the
 * back-forward cache shows and hands out nothing until the vault has said who is signed in.
 * @returns what ends it
 */
export function followPage(parts: PageLifecycleParts): () => void {
  const { page, machine, tokens, connection } = parts
  /** How often the page went into the back-forward cache. */
  let departures = 0

  /** What is said to it meanwhile waits, and the application's own handlers may run before that is heard. */
  function standStill(): void {
    tokens.suspend()
    machine.pause()
  }

  async function askAgain(): Promise<void> {
    // The user is shown an error where the vault cannot be asked.
    await connection.askAgain().catch((error: unknown) => machine.showError(error))
    tokens.publishAll(true)
  }

  async function restored(): Promise<void> {
    const since = departures
    parts.listenToTabs(true)
    await askAgain()
    // After the application has drawn it. A page that went again meanwhile is shown when it has asked again.
    page.timer(() => {
      if (since === departures) page.hidePage(false)
    }, 0)
  }

  return page.listen((event, isCached) => {
    if (event === 'pagehide') {
      if (isCached) {
        departures++
        if (machine.shown) page.hidePage(true)
        standStill()
      }
      connection.leave()
      parts.listenToTabs(false)
    } else if (event === 'freeze') {
      standStill()
      connection.pause()
    } else if (isCached) void restored()
    else if (event === 'resume') void askAgain()
    else {
      const isActive = page.isVisible() && page.isOnline()
      tokens.publishAll(isActive)
      if (isActive) connection.wake()
    }
  })
}
