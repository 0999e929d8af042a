import { AuthError } from '../errors.ts'
import type { Vault } from '../vault/vault.ts'
import type { Diagnostics, SignInOptions, SignOutOptions } from './auth-client.ts'
import { createParts, type ClientParts } from './client-parts.ts'
import type { Mode } from './modes/mode.ts'
import type { AuthClientOptions } from './options/options.ts'
import type { PageEnvironment } from './page/environment.ts'
import { followPage } from './page/page-lifecycle.ts'
import type { EventLog } from './session/event-log.ts'
import type { SessionMachine } from './session/session-machine.ts'
import { isSettled, type Session } from './session/session.ts'
import { signedIn, whenSettled } from './session/signed-in.ts'
import { signOut } from './session/sign-out.ts'
import type { Tokens } from './tokens/tokens.ts'

/** A component that is mounted again at once, as in StrictMode, costs nothing. */
const STOP_DELAY_MS = 1000

/** A client in a page, from its first use on. */
export class RunningClient<User, V extends Vault> {
  readonly #page: PageEnvironment
  readonly #options: AuthClientOptions<User>
  readonly #parts: ClientParts<User, V>
  #starts = 0
  #stopFollowing: (() => void) | undefined

  constructor(page: PageEnvironment, options: AuthClientOptions<User>, mode: Mode<V>) {
    this.#page = page
    this.#options = options
    this.#parts = createParts(page, options, mode)
  }

  get log(): EventLog {
    return this.#parts.log
  }

  get machine(): SessionMachine<User> {
    return this.#parts.machine
  }

  get tokens(): Tokens {
    return this.#parts.tokens
  }

  /** The first use, or the first after a stop: follows the page, and asks the vault who is signed in. */
  resume(): void {
    if (this.#stopFollowing) return
    const { connection, machine, arrival, tokens } = this.#parts
    const { cache } = tokens
    this.#stopFollowing = followPage({ page: this.#page, machine, cache, connection })
    arrival.recognize()
    const state = connection.opened ? connection.askAgain() : connection.open()
    state.catch(() => {
      // The session says so.
    })
  }

  start(): void {
    this.#starts++
  }

  stop(): void {
    if (this.#starts === 0) return
    this.#starts--
    this.#page.timer(() => this.#suspend(), STOP_DELAY_MS)
  }

  whenSettled(): Promise<Session<User>> {
    const { machine, tokens } = this.#parts
    return whenSettled({ machine, cache: tokens.cache })
  }

  async signIn(options: SignInOptions | undefined): Promise<void> {
    const { starter, control } = this.#parts
    try {
      await starter.start(options)
    } catch (error) {
      // A caller's mistake (TypeError) is nothing to the session.
      if (error instanceof AuthError) await control.fail(error)
      throw error
    }
  }

  signOut(options: SignOutOptions | undefined): Promise<void> {
    const { connection, control, hint } = this.#parts
    return signOut(
      {
        page: this.#page,
        control,
        hint,
        postLogoutRedirectUri: this.#options.postLogoutRedirectUri,
        opened: () => connection.open(),
        endSession: (how) => connection.withVault((vault) => vault.endSession(how)),
      },
      options,
    )
  }

  async getUserInfo(): Promise<Record<string, unknown>> {
    const { connection, machine, tokens } = this.#parts
    const { cache } = tokens
    await signedIn({ machine, cache, opened: () => connection.open() })
    return connection.withVault((vault) => vault.userInfo(cache.subject))
  }

  diagnostics(): Diagnostics {
    const { connection, control, log } = this.#parts
    const state = control.state()
    const live = state?.status === 'live' ? state : undefined
    return {
      vault: connection.kind(),
      fallback: connection.opened?.fallback,
      clockOffset: live?.clockOffset,
      renewable: live?.renewable,
      transitions: [...log.transitions],
      errors: [...log.errors],
    }
  }

  /** Lets go of the page and the vault, when neither a component nor a subscriber is left and nothing is under way. */
  #suspend(): void {
    const { connection, machine, tokens } = this.#parts
    const inUse = this.#starts > 0 || machine.subscribers > 0 || tokens.cache.isRead
    if (inUse || !isSettled(machine.get().status)) return
    this.#stopFollowing?.()
    this.#stopFollowing = undefined
    connection.release()
    // What is read until the vault has been asked again is not known to be so.
    tokens.cache.close(null)
  }
}
