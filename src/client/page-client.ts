import type { Announcements } from '../vault/announcements.ts'
import type { UserClaims, Vault, VaultState } from '../vault/vault.ts'
import { abortable } from './abortable.ts'
import type { AccessTokenOptions } from './auth-client.ts'
import type { ProtectedCalls } from './fetch/protected-calls.ts'
import { lazy, loadChunk } from './lazy.ts'
import type * as onDemand from './on-demand.ts'
import type { Mode } from './modes/mode.ts'
import type { CommonOptions, StandardSchema } from './options/options.ts'
import type { PageEnvironment } from './page/environment.ts'
import { followPage } from './page/page-lifecycle.ts'
import { createStoredFlag, type StoredFlag } from './page/stored-flag.ts'
import { createEventLog, type EventLog } from './session/event-log.ts'
import { SessionMachine } from './session/session-machine.ts'
import { isSettled, signedOut, type Session } from './session/session.ts'
import { signedIn, whenSettled } from './session/signed-in.ts'
import type { RedirectBack } from './sign-in/sign-in-flow.ts'
import type { SignIn } from './sign-in/sign-in.ts'
import type { SignInParts } from './sign-in/sign-in-parts.ts'
import { getAccessToken } from './tokens/get-access-token.ts'
import { TokenCache } from './tokens/token-cache.ts'
import { VaultConnection } from './vault-connection.ts'

type OnDemand = typeof onDemand

/** A component that is mounted again at once, as in StrictMode, costs nothing. */
const STOP_DELAY_MS = 1000
/** After a part that did not load. */
const CONNECT_RETRY_MS = 5000

/**
 * A client in a page, from the first use on. The composition root: makes each part of what it uses, and only here all
 * of them are seen. Follows the page and the vault while the client is used.
 */
export class PageClient<User, V extends Vault = Vault> implements Omit<SignInParts<User>, 'flow'> {
  readonly page: PageEnvironment
  readonly name: string
  /** Names this page among the tabs of this application. */
  readonly id: string
  readonly log: EventLog
  readonly machine: SessionMachine<User>
  readonly tokens: TokenCache
  readonly connection: VaultConnection<V>
  readonly hint: StoredFlag
  readonly keepsHint: boolean
  readonly navigate: SignInParts<User>['navigate']
  /** What an application asks for itself. @throws AuthError */
  readonly loadOnDemand = () => loadChunk(this.page, () => import('./on-demand.ts'))
  /** Calls of protected resources, fetched when there is one. @throws AuthError */
  readonly loadCalls: () => Promise<ProtectedCalls<User>>
  /** The way in and back, fetched when it is needed. @throws AuthError */
  readonly loadSignIn: () => Promise<SignIn<User>>
  /** Resolves once the session is neither being restored nor on its way. */
  readonly whenSettled = (): Promise<Session<User>> => whenSettled(this)
  /** Settles when a user is signed in, with their `sub`. @throws AuthError */
  readonly signedIn = (): Promise<string> => signedIn(this)
  /** A token that is valid now. @throws AuthError */
  readonly getAccessToken = (options?: AccessTokenOptions): Promise<string> =>
    getAccessToken(this, options)
  /** A call that its caller may give up. @throws AuthError `aborted` */
  readonly abortable = abortable
  /** @throws AuthError */
  readonly userInfo = (subject: string): Promise<Record<string, unknown>> =>
    this.connection.withVault((vault) => vault.userInfo(subject))
  readonly #mode: Mode<V>
  /** The authorization response that the page was loaded with. */
  readonly #redirectBack: RedirectBack | undefined
  #isFirstState = true
  #announcements: Announcements | undefined
  #starts = 0
  #unfollow: (() => void) | undefined

  constructor(page: PageEnvironment, options: CommonOptions<User>, mode: Mode<V>) {
    const { userSchema, renewal } = options
    this.#mode = mode
    this.page = page
    this.name = mode.name
    this.navigate = options.navigate
    this.keepsHint = Boolean(options.silentSignIn)
    this.hint = createStoredFlag(page.localStorage, `${mode.name}.session`)
    this.id = String(page.random())
    this.log = createEventLog(page.now)
    this.tokens = new TokenCache({
      page,
      minValidity: renewal?.minValidity ?? 0,
      withVault: (call) => this.connection.withVault(call),
    })
    this.machine = new SessionMachine({
      log: this.log,
      tokens: this.tokens,
      signedOutMark: createStoredFlag(page.sessionStorage, `${mode.name}.signed-out`),
      checkUser: this.#userCheck(userSchema),
    })
    this.connection = new VaultConnection({
      ...{ page, mode, listener: this.machine },
      onState: async (state) => {
        await this.#heard(state)
        const hasCalls = this.machine.shown && options.protectedResources?.length
        // The user's first call should not wait for it; what fails here is asked for again then.
        if (hasCalls) this.loadCalls().catch(() => {})
      },
    })
    this.loadSignIn = lazy(page, () => mode.loadSignIn(this))
    this.loadCalls = lazy(page, async () => {
      const { ProtectedCalls } = await this.loadOnDemand()
      return new ProtectedCalls(this, options)
    })
    this.#redirectBack = mode.recognize(page)
    if (!this.#redirectBack) return
    this.machine.signingIn()
    // It is needed as soon as the vault is open; what fails here is asked for again then.
    this.loadSignIn().catch(() => {})
  }

  /** Begins what an application asked for, as soon as its chunk is there. @returns what ends it */
  begin(run: (chunk: OnDemand, client: PageClient<User, V>) => () => void): () => void {
    /** Undefined once it was called. */
    let end: (() => void) | undefined = () => {}
    const load = (): void => {
      void this.loadOnDemand().then(
        (chunk) => {
          if (end) end = run(chunk, this)
        },
        () => {
          // Nobody waits for it: it is asked for again.
          if (end) end = this.page.timer(load, CONNECT_RETRY_MS)
        },
      )
    }
    load()
    return () => {
      end?.()
      end = undefined
    }
  }

  /** The first use, or the first after a stop: follows the page, and asks the vault who is signed in. */
  resume(): void {
    if (this.#unfollow) return
    const { connection } = this
    this.#unfollow = followPage(this)
    this.listenToTabs(true)
    const asked = connection.opened ? connection.askAgain() : connection.begin()
    asked.catch(() => {
      // The session says so.
    })
  }

  /** A page that is in the back-forward cache would be thrown out of it by a message. */
  listenToTabs(listens: boolean): void {
    this.#announcements?.close()
    this.#announcements = listens ? this.#mode.openAnnouncements(this.page) : undefined
    this.#announcements?.listen((said) => {
      // Who signed in is for the vault to say: the page has no token to go with it.
      if (said.type === 'signed-in') return
      // Its own sign-out ended nothing of what its user began after it.
      if (said.by !== this.id) void this.machine.apply(signedOut('signed_out_elsewhere'))
    })
  }

  /** Tells the other tabs of this application that the user signed out. */
  announceSignOut(): void {
    this.#announcements?.announce({ type: 'signed-out' })
  }

  /** Writes it down for those that stand still. */
  noteSignOut(): void {
    const { note } = this.#mode
    if (note) this.page.localStorage.set(note, String(this.page.random()))
  }

  start(): void {
    this.#starts++
  }

  stop(): void {
    if (this.#starts > 0) this.#starts--
    this.#suspendLater()
  }

  #suspendLater(): void {
    this.page.timer(() => this.#suspend(), STOP_DELAY_MS)
  }

  /** Makes the user of the claims, by the schema where the application has one. */
  #userCheck(schema: StandardSchema<User> | undefined): (claims: UserClaims) => Promise<User> {
    // Without a schema the user's type is the claims': the overloads of createAuthClient say so.
    // A copy: an application holds it, and what it does to it is nothing to us. jsdom under Jest has no `structuredClone`.
    if (!schema) return async (claims) => JSON.parse(JSON.stringify(claims)) as User
    const load = lazy(this.page, () => import('./session/check-user.ts'))
    // Needed as soon as the vault says who is signed in; what fails here is asked for again then.
    load().catch(() => {})
    return async (claims) => (await load()).checkUser(this, schema, claims)
  }

  /**
   * What an open vault says is so. Its first word may lead to a sign-in instead of the session: an authorization response
   * is taken up, or the provider is asked for a session that was lost.
   */
  async #heard(state: VaultState): Promise<void> {
    const { machine } = this
    const redirectBack = this.#redirectBack
    const isFirst = this.#isFirstState
    this.#isFirstState = false
    const isLost = state.status === 'empty' && state.reason === 'no_session'
    const leadsToSignIn = redirectBack ?? (this.keepsHint && isLost && this.hint.isSet())
    if (!isFirst || !leadsToSignIn) return machine.apply(state)
    machine.hear(state)
    try {
      const signIn = await this.loadSignIn()
      await (redirectBack ? signIn.finish(redirectBack) : signIn.restore(state))
    } catch (error) {
      await machine.failed(error)
    }
  }

  /** Lets go of the page and the vault, when neither a component nor a subscriber is left and nothing is under way. */
  #suspend(): void {
    const { connection, machine, tokens } = this
    const inUse = this.#starts > 0 || machine.listeners.size > 0 || tokens.isRead
    if (inUse || !this.#unfollow) return
    // Every call and every sign-in ends: then it is looked again.
    if (connection.calls > 0 || !isSettled(machine.session.status)) return this.#suspendLater()
    this.#unfollow()
    this.#unfollow = undefined
    this.listenToTabs(false)
    connection.release()
    // What is read until the vault has been asked again is not known to be so.
    tokens.suspend()
  }
}
