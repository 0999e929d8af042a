import { AuthError } from '../errors.ts'
import type { Vault, VaultEvent, VaultState } from '../vault/vault.ts'
import { missingPartError } from './lazy.ts'
import type { Mode, OpenedVault, VaultAccess } from './modes/mode.ts'
import type { PageEnvironment } from './page/environment.ts'
import { withDeadline } from './promises.ts'

/** After an opening that failed, the next use may try again when so long has passed. */
const REOPEN_DELAY_MS = 1000
/** An open vault that is asked what is so and says nothing for so long is lost. */
const STATE_DEADLINE_MS = 2000

/** What a connection tells the client. */
export interface VaultListener {
  /** A vault was opened, for the first time or in place of another, or was asked again what is so. */
  onState(state: VaultState): Promise<void>
  /** What the open vault says of its own accord. */
  onEvent(event: VaultEvent): void
  /** No vault could be opened. A later use tries again. */
  onFailed(error: AuthError): void
  /** The vault died, and what it held is lost. Another is opened in its place. */
  onLost(): void
  /** Whether a vault that answered late may take the place of the open one: nothing is lost by it. */
  mayReplace(): boolean
}

/** The one open vault: opened at first use, replaced when it dies, asked for again when it could not be opened. */
export class VaultConnection<V extends Vault> implements VaultAccess<V> {
  readonly #page: PageEnvironment
  readonly #mode: Mode<V>
  #listener: VaultListener | undefined
  #opening: Promise<OpenedVault<V>> | undefined
  #opened: OpenedVault<V> | undefined
  /** Monotonic: when the last opening failed; undefined unless it did. */
  #failedAt: number | undefined
  /** Counts openings: one that another overtook is over. */
  #attempt = 0

  constructor(page: PageEnvironment, mode: Mode<V>) {
    this.#page = page
    this.#mode = mode
  }

  listen(listener: VaultListener): void {
    this.#listener = listener
  }

  get opened(): OpenedVault<V> | undefined {
    return this.#opened
  }

  kind(): OpenedVault<V>['kind'] | undefined {
    return this.#opened?.kind
  }

  /** @throws AuthError when there is none to be had; a later call tries again */
  open(): Promise<OpenedVault<V>> {
    const since = this.#failedAt === undefined ? 0 : this.#page.monotonic() - this.#failedAt
    const retry = since >= REOPEN_DELAY_MS
    if (!this.#opening || retry) this.#opening = this.#start()
    return this.#opening
  }

  async withVault<T>(call: (vault: V) => Promise<T>): Promise<T> {
    const { vault } = await this.open()
    try {
      return await call(vault)
    } catch (error) {
      if (error instanceof AuthError && error.code === 'vault_unavailable') this.#replace(vault)
      throw error
    }
  }

  /** Asks the open vault again what is so: after a time in which nothing could be heard. */
  async askAgain(): Promise<void> {
    const { vault } = await this.open()
    try {
      const state = await withDeadline(this.#page, STATE_DEADLINE_MS, vault.open())
      if (this.#opened?.vault === vault) await this.#listener?.onState(state)
    } catch {
      this.#replace(vault)
      await this.open()
    }
  }

  /** The page is hidden: the vault tells it nothing more until it is asked again. */
  leave(): void {
    this.#opened?.vault.leave()
  }

  /** Lets go of the vault. The page's own holds the session: it stays, and is told to be silent. */
  release(): void {
    if (this.#opened?.kind === 'page') this.leave()
    else this.#close()
  }

  #close(): void {
    this.#opened?.vault.close()
    this.#forget()
  }

  async #start(): Promise<OpenedVault<V>> {
    this.#failedAt = undefined
    const attempt = ++this.#attempt
    try {
      const opened = await this.#mode.openVault(this.#page, (late) => {
        this.#takeLate(late)
      })
      if (attempt === this.#attempt) return this.#adopt(opened)
      opened.vault.close()
    } catch (error) {
      if (attempt === this.#attempt) {
        this.#failedAt = this.#page.monotonic()
        const known = error instanceof AuthError ? error : missingPartError(error)
        this.#listener?.onFailed(known)
        throw known
      }
    }
    return this.open()
  }

  #adopt(opened: OpenedVault<V>): OpenedVault<V> {
    this.#opened = opened
    opened.vault.observe((event) => {
      if (this.#opened === opened) this.#listener?.onEvent(event)
    })
    void this.#listener?.onState(opened.state)
    return opened
  }

  /** The worker died: another begins empty. A page's own vault dies with the page. */
  #replace(lost: V): void {
    if (this.#opened?.vault !== lost || this.#opened.kind === 'page') return
    lost.close()
    this.#forget()
    this.#listener?.onLost()
    this.open().catch(() => {
      // `onFailed` has said so, and the next use asks again.
    })
  }

  #takeLate(late: OpenedVault<V>): void {
    if (this.#opened && !this.#listener?.mayReplace()) return late.vault.close()
    this.#close()
    this.#opening = Promise.resolve(late)
    this.#adopt(late)
  }

  #forget(): void {
    this.#opened = undefined
    this.#opening = undefined
    this.#failedAt = undefined
    this.#attempt++
  }
}
