import { AuthError } from '../errors.ts'
import { backoff } from '../renewal/backoff.ts'
import type { Vault, VaultEvent, VaultState } from '../vault/vault.ts'
import { toAuthError } from './lazy.ts'
import type { Mode, OpenedVault, VaultAccess } from './modes/mode.ts'
import type { PageEnvironment } from './page/environment.ts'
import { withDeadline } from './promises.ts'

/** After an opening that failed, a use may try again when so long has passed. */
const REOPEN_DELAY_MS = 1000
/** An open vault that is asked what is so and says nothing for so long is lost. */
const STATE_DEADLINE_MS = 2000

/** What a connection tells the client. */
export interface VaultListener {
  /** What the open vault says of its own accord. */
  heard(event: VaultEvent): void
  /** No vault could be opened. A later use tries again. */
  failed(error: AuthError): Promise<void>
  /** The vault died, and what it held is lost. Another is opened in its place. */
  lost(): void
  /** Whether a vault that answered late may take the place of the open one: nothing is lost by it. */
  mayReplaceVault(): boolean
}

export interface VaultConnectionParts<V extends Vault> {
  page: PageEnvironment
  mode: Mode<V>
  listener: VaultListener
  /** A vault was opened, for the first time or in place of another, or was asked again what is so. */
  onState(state: VaultState): Promise<void>
}

/** The one open vault: opened at first use, replaced when it dies, asked for again when it could not be opened. */
export class VaultConnection<V extends Vault> implements VaultAccess<V> {
  readonly #parts: VaultConnectionParts<V>
  /** Gives nothing where the client let go of it meanwhile, or a late vault overtook it. */
  #opening: Promise<OpenedVault<V> | undefined> | undefined
  opened: OpenedVault<V> | undefined
  /** Counts the times at which what the vault said before became old news. */
  #newsSince = 0
  /** The page stands still, or the client was stopped, or asks again: what the vault says meanwhile may be over. */
  isAway = false
  /** How many wait for the vault. */
  calls = 0
  /** Openings in a row that failed by something that passes. */
  #failures = 0
  #cancelRetry = () => {}

  constructor(parts: VaultConnectionParts<V>) {
    this.#parts = parts
  }

  /** @throws AuthError when there is none to be had; a later call tries again */
  async open(): Promise<OpenedVault<V>> {
    return (await this.begin()) ?? this.open()
  }

  /** The same, where nobody waits for the vault: once the client lets go of it, none is opened. */
  begin(): Promise<OpenedVault<V> | undefined> {
    this.#opening ??= this.#start()
    return this.#opening
  }

  async withVault<T>(call: (vault: V) => Promise<T>): Promise<T> {
    const { vault } = await this.open()
    this.calls++
    try {
      return await call(vault)
    } catch (error) {
      if (error instanceof AuthError && error.code === 'vault_unavailable') this.#replace(vault)
      throw error
    } finally {
      this.calls--
    }
  }

  /** Asks the open vault again what is so: after a time in which nothing could be heard. */
  async askAgain(): Promise<void> {
    this.pause()
    const since = this.#newsSince
    const { vault } = await this.open()
    try {
      const state = await withDeadline(this.#parts.page, STATE_DEADLINE_MS, vault.open())
      if (this.opened?.vault === vault) await this.#hear(state, since)
    } catch {
      // A page's own vault is not replaced: what it says counts again.
      if (since === this.#newsSince) this.isAway = false
      this.#replace(vault)
      await this.open()
    }
  }

  /** The page is hidden: the vault tells it nothing more until it is asked again. */
  leave(): void {
    this.pause()
    this.opened?.vault.leave()
  }

  /** The page stands still: of what is said to it until the vault is asked again, the first may be over by the last. */
  pause(): void {
    this.#newsSince++
    this.isAway = true
  }

  /** The page is in sight and online again: what could not be opened, or heard, may be there now. */
  wake(): void {
    if (this.opened) this.opened.vault.wake?.()
    else this.#retry()
  }

  /** Lets go of the vault. The page's own holds the session: it stays, and is told to be silent. */
  release(): void {
    this.leave()
    if (this.opened?.kind !== 'page') this.#close()
  }

  #start(): Promise<OpenedVault<V> | undefined> {
    const { page, mode, listener } = this.#parts
    const since = this.#newsSince
    this.#cancelRetry()
    const opening = mode
      .openVault(page, (late) => this.#takeLate(late))
      .then(
        (opened) => {
          if (this.#opening === opening) return this.#adopt(opened, since)
          opened.vault.close()
          return undefined
        },
        (error: unknown) => {
          if (this.#opening !== opening) return undefined
          page.timer(() => {
            if (this.#opening === opening) this.#opening = undefined
          }, REOPEN_DELAY_MS)
          const known = toAuthError(error)
          this.#retryLater(known)
          void listener.failed(known)
          throw known
        },
      )
    return opening
  }

  /** A backend that does not answer is asked again by itself: nobody has to click. */
  #retryLater({ code, recoverable, retryAfter }: AuthError): void {
    if (!recoverable || code === 'vault_unavailable') return
    const { page } = this.#parts
    const wait = backoff(++this.#failures, page.random(), retryAfter)
    this.#cancelRetry = page.timer(() => this.#retry(), wait + REOPEN_DELAY_MS)
  }

  #retry(): void {
    this.begin().catch(() => {
      // The listener was told.
    })
  }

  /** @param since of when its state is */
  #adopt(opened: OpenedVault<V>, since: number): OpenedVault<V> {
    this.opened = opened
    this.#failures = 0
    opened.vault.observe((event) => {
      if (this.opened === opened && !this.isAway) this.#parts.listener.heard(event)
    })
    void this.#hear(opened.state, since)
    return opened
  }

  /** Where the page stood still meanwhile, or asked again, the next answer counts. */
  async #hear(state: VaultState, since: number): Promise<void> {
    if (since !== this.#newsSince) return
    this.isAway = false
    await this.#parts.onState(state)
  }

  /** The worker died: another begins empty. A page's own vault dies with the page. */
  #replace(lost: V): void {
    if (this.opened?.vault !== lost || this.opened.kind === 'page') return
    this.#close()
    this.#parts.listener.lost()
    this.#retry()
  }

  #takeLate(late: OpenedVault<V>): void {
    const isLost = this.opened && !this.#parts.listener.mayReplaceVault()
    // To a page that stands still it would be old news, and nobody would close it for a client that was stopped.
    if (isLost || this.isAway) return late.vault.close()
    this.#close()
    this.#opening = Promise.resolve(late)
    this.#adopt(late, this.#newsSince)
  }

  #close(): void {
    this.#cancelRetry()
    this.opened?.vault.close()
    this.opened = undefined
    this.#opening = undefined
  }
}
