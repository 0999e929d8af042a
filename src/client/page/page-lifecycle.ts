import type { SessionMachine } from '../session/session-machine.ts'
import type { TokenCache } from '../tokens/token-cache.ts'
import type { PageEnvironment } from './environment.ts'

export interface PageLifecycleParts {
  machine: Pick<SessionMachine<unknown>, 'fail' | 'shownUser'>
  cache: TokenCache
  connection: {
    /** The vault tells a hidden page nothing more until it is asked again. */
    leave(): void
    askAgain(): Promise<void>
  }
}

/**
 * What happens to the page happens to the session: out of sight nothing is renewed, and what comes out of the
 * back-forward cache shows and hands out nothing until the vault has said who is signed in.
 * @returns what ends it
 */
export function followPage(
  page: PageEnvironment,
  { machine, cache, connection }: PageLifecycleParts,
): () => void {
  async function restored(): Promise<void> {
    // The user is shown an error where the vault cannot be asked.
    await connection.askAgain().catch((error: unknown) => machine.fail(error))
    cache.publishAll(true)
    // After the application has drawn it.
    page.timer(() => page.hidePage(false), 0)
  }

  return page.listen({
    onActivityChange: (active) => cache.publishAll(active),
    onPageHide(cached) {
      if (cached && machine.shownUser()) {
        page.hidePage(true)
        // The application's own handlers may run before the vault is heard again.
        cache.close(null)
      }
      connection.leave()
    },
    onBackForwardRestore: () => void restored(),
  })
}
