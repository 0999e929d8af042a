import type { Vault } from '../vault/vault.ts'
import { createParts, type ClientParts } from './client-parts.ts'
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
  #starts = 0
  #unfollow: (() => void) | undefined

  constructor(page: PageEnvironment, options: AuthClientOptions<User>, mode: Mode<V>) {
    this.parts = createParts(page, options, mode)
  }

  /** The first use, or the first after a stop: follows the page, and asks the vault who is signed in. */
  resume(): void {
    if (this.#unfollow) return
    const { connection } = this.parts
    this.#unfollow = followPage(this.parts)
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
    this.parts.page.timer(() => this.#suspend(), STOP_DELAY_MS)
  }

  /** Lets go of the page and the vault, when neither a component nor a subscriber is left and nothing is under way. */
  #suspend(): void {
    const { connection, machine, tokens } = this.parts
    const inUse = this.#starts > 0 || machine.isSubscribed || tokens.isRead
    if (inUse || !isSettled(machine.session.status)) return
    this.#unfollow?.()
    this.#unfollow = undefined
    connection.release()
    // What is read until the vault has been asked again is not known to be so.
    tokens.suspend()
  }
}
