import { CODE_LIFETIME_MS } from '../renewal/lifetime.ts'
import type { Announcements } from '../vault/announcements.ts'
import type { Vault } from '../vault/vault.ts'
import { createStateListener } from './first-state.ts'
import { lazy } from './lazy.ts'
import type { Mode } from './modes/mode.ts'
import type { AuthClientOptions } from './options/options.ts'
import type { PageEnvironment } from './page/environment.ts'
import { followPage } from './page/page-lifecycle.ts'
import { createStoredFlag, type StoredFlag } from './page/stored-flag.ts'
import { createEventLog, type EventLog } from './session/event-log.ts'
import { SessionMachine } from './session/session-machine.ts'
import { signedOut } from './session/vault-state.ts'
import { isSettled } from './session/session.ts'
import type { SignIn } from './sign-in/sign-in.ts'
import { pruneRecords } from './sign-in/stored-records.ts'
import { TokenCache } from './tokens/token-cache.ts'
import { VaultConnection } from './vault-connection.ts'

/** A component that is mounted again at once, as in StrictMode, costs nothing. */
const STOP_DELAY_MS = 1000

/**
 * A client in a page, from the first use on. The composition root: makes each part of what it uses, and only here all
 * of them are seen. Follows the page and the vault while the client is used.
 */
export class PageClient<User, V extends Vault> {
  readonly page: PageEnvironment
  /** Prefix of this client's names in storage. */
  readonly name: string
  readonly log: EventLog
  readonly machine: SessionMachine<User>
  readonly tokens: TokenCache
  readonly connection: VaultConnection<V>
  /** That this device had a session, for `silentSignIn`: the only thing left in localStorage, and no secret. */
  readonly hint: StoredFlag
  /** The way in and back, fetched when it is needed. @throws AuthError */
  readonly loadSignIn: () => Promise<SignIn<User>>
  readonly #openAnnouncements: () => Announcements
  #announcements: Announcements | undefined
  #starts = 0
  #unfollow: (() => void) | undefined

  constructor(page: PageEnvironment, options: AuthClientOptions<User>, mode: Mode<V>) {
    const { name } = mode
    const { userSchema: schema, navigate, renewal } = options
    const silentSignIn = Boolean(options.silentSignIn)
    const log = createEventLog(page.now)
    const hint = createStoredFlag(page.localStorage, `${name}.session`)
    const tokens = new TokenCache({
      page,
      minValidity: renewal?.minValidity ?? 0,
      withVault: (call) => this.connection.withVault(call),
    })
    const loadUserCheck = lazy(page, () => import('./session/check-user.ts'))
    const machine = new SessionMachine<User>({
      log,
      tokens,
      signedOutMark: createStoredFlag(page.sessionStorage, `${name}.signed-out`),
      checkUser: async (claims) => {
        // Without a schema the user's type is the claims': the overloads of createAuthClient say so.
        // A copy: an application holds it, and what it does to it is nothing to us.
        if (!schema) return structuredClone(claims) as User
        const { checkUser } = await loadUserCheck()
        return checkUser({ page, schema, userInfo: (subject) => this.userInfo(subject) }, claims)
      },
    })
    const loadSignIn = lazy(page, () => {
      const { connection } = this
      const parts = { page, machine, log, hint, name, navigate, connection }
      return mode.loadSignIn<User>({ ...parts, keepsHint: silentSignIn }, connection)
    })
    const redirectBack = mode.recognize(page)
    this.#openAnnouncements = () => mode.openAnnouncements(page)
    this.page = page
    this.name = name
    this.log = log
    this.machine = machine
    this.tokens = tokens
    this.hint = hint
    this.loadSignIn = loadSignIn
    this.connection = new VaultConnection({
      page,
      mode,
      listener: machine,
      onState: createStateListener({ machine, hint, loadSignIn, silentSignIn, redirectBack }),
    })
    // Needed as soon as the vault says who is signed in; what fails here is asked for again then.
    if (schema) loadUserCheck().catch(() => {})
    const prune = () => pruneRecords(page.sessionStorage, name, page.now())
    // What this page may still begin and give up is removed in time, too.
    page.timer(prune, CODE_LIFETIME_MS)
    if (!redirectBack) {
      prune()
      return
    }
    machine.signingIn()
    // It is needed as soon as the vault is open; what fails here is asked for again then.
    loadSignIn().catch(() => {})
  }

  /** The first use, or the first after a stop: follows the page, and asks the vault who is signed in. */
  resume(): void {
    if (this.#unfollow) return
    const { connection } = this
    this.#unfollow = followPage(this)
    this.listenToTabs(true)
    const asked = connection.opened ? connection.askAgain() : connection.open()
    asked.catch(() => {
      // The session says so.
    })
  }

  userInfo(subject: string): Promise<Record<string, unknown>> {
    return this.connection.withVault((vault) => vault.userInfo(subject))
  }

  /** A page that is in the back-forward cache would be thrown out of it by a message. */
  listenToTabs(listens: boolean): void {
    this.#announcements?.close()
    this.#announcements = listens ? this.#openAnnouncements() : undefined
    this.#announcements?.listen(({ type }) => {
      // Who signed in is for the vault to say: the page has no token to go with it.
      if (type === 'signed-out') void this.machine.apply(signedOut('signed_out_elsewhere'))
    })
  }

  announceSignOut(): void {
    this.#announcements?.announce({ type: 'signed-out' })
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
    const { connection, machine, tokens } = this
    const inUse = this.#starts > 0 || machine.isSubscribed || tokens.isRead
    if (inUse || !isSettled(machine.session.status)) return
    this.#unfollow?.()
    this.#unfollow = undefined
    this.listenToTabs(false)
    connection.release()
    // What is read until the vault has been asked again is not known to be so.
    tokens.suspend()
  }
}
