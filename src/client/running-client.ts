import type { Vault } from '../vault/vault.ts'
import { createParts, type ClientParts } from './client-parts.ts'
import { takeFirstState } from './first-state.ts'
import type { Mode } from './modes/mode.ts'
import type { AuthClientOptions } from './options/options.ts'
import type { PageEnvironment } from './page/environment.ts'
import { followPage } from './page/page-lifecycle.ts'
import { isSettled } from './session/session.ts'

/** A component that is mounted again at once, as in StrictMode, costs nothing. */
const STOP_DELAY_MS = 1000

/** A client in a page: its parts, from the first use on, and what connects them to page and vault while it is used. */
export class RunningClient<User, V extends Vault> {
  readonly parts: ClientParts<User, V>
  readonly page: PageEnvironment
  #starts = 0
  #unfollow: (() => void) | undefined

  constructor(page: PageEnvironment, options: AuthClientOptions<User>, mode: Mode<V>) {
    const parts = createParts(page, options, mode)
    const { control, connection, machine } = parts
    const redirectBack = mode.recognize(page)
    const silentSignIn = Boolean(options.silentSignIn)
    const signedOut = control.untilSignOut()
    let isFirst = true
    connection.listen({
      onState(state) {
        if (!isFirst) return control.opened(state)
        isFirst = false
        return takeFirstState({ ...parts, silentSignIn, redirectBack, signedOut }, state)
      },
      onEvent: (event) => control.heard(event),
      onFailed: (error) => void control.fail(error),
      onLost: () => control.lost(),
      mayReplace: () => control.mayReplaceVault(),
    })
    this.parts = parts
    this.page = page
    if (redirectBack) {
      machine.signingIn()
      // It is needed as soon as the vault is open; what fails here is asked for again then.
      parts.loadSignIn().catch(() => {})
    }
  }

  /** The first use, or the first after a stop: follows the page, and asks the vault who is signed in. */
  resume(): void {
    if (this.#unfollow) return
    const { connection } = this.parts
    this.#unfollow = followPage(this.page, this.parts)
    const asked = connection.opened ? connection.askAgain() : connection.open()
    asked.catch(() => {
      // The session says so.
    })
  }

  start(): void {
    this.#starts++
  }

  stop(): void {
    if (this.#starts > 0) this.#starts--
    this.page.timer(() => this.#suspend(), STOP_DELAY_MS)
  }

  /** Lets go of the page and the vault, when neither a component nor a subscriber is left and nothing is under way. */
  #suspend(): void {
    const { connection, machine, cache } = this.parts
    const inUse = this.#starts > 0 || machine.subscribers > 0 || cache.isRead
    if (inUse || !isSettled(machine.get().status)) return
    this.#unfollow?.()
    this.#unfollow = undefined
    connection.release()
    // What is read until the vault has been asked again is not known to be so.
    cache.close(null)
  }
}
