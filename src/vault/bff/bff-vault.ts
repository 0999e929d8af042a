import type { AuthError } from '../../errors.ts'
import { announcements as openAnnouncements, type Announcements } from '../announcements.ts'
import { Emitter } from '../emitter.ts'
import { instant, type VaultEnvironment } from '../environment.ts'
import { serialize } from '../issued-token.ts'
import type { StringStorage } from '../string-storage.ts'
import type {
  Authorization,
  EndedSession,
  EndSession,
  IssuedToken,
  ProtectedRequest,
  TokenNeed,
  Vault,
  VaultEvent,
  VaultState,
} from '../vault.ts'
import { BffSession, type KnownSession } from './bff-session.ts'
import { rememberSignOut } from './marks.ts'
import { Renewal } from './renewal.ts'
import { bffHeaders, type BffAddress } from './request.ts'
import { SessionMemory } from './session-memory.ts'
import { SignOuts } from './sign-outs.ts'
import { TokenRequests } from './token-requests.ts'

/** Who asks again is told what was known before, where the backend says nothing for so long. */
const REOPEN_DEADLINE_MS = 1500
/** A page that comes back to sight asks again what is older than this. */
const FRESH_MS = 10_000

export interface BffVaultOptions {
  /** Absolute, without a slash at the end. */
  base: string
  /** The application's. */
  origin: string
  /** Names this client's marks and locks. */
  name: string
  /** For all tabs of this browser: no token is ever in it. */
  marks: StringStorage
  /** Of this tab, over any number of pages. */
  tabMarks: StringStorage
  /** Asks also where this browser remembers no sign-in. */
  alwaysAsks?: boolean
  /** Whom a server's page shows: no request is needed to know it. */
  known?: KnownSession | undefined
}

/**
 * The vault behind a backend: the refresh token is there, the cookie of the session is out of the page's sight, and an
 * access token is in the page in mediated mode alone.
 */
export class BffVault implements Vault {
  readonly #env: VaultEnvironment
  readonly #options: BffVaultOptions
  readonly #memory: SessionMemory
  readonly #events = new Emitter<VaultEvent>()
  /** The session, which knows when it ends. */
  readonly ends: BffSession
  readonly #signOuts: SignOuts
  readonly #renewal: Renewal
  #tokens!: TokenRequests
  /** For another session: what is on its way is of the one before. */
  readonly #renewTokens: () => void
  #announcements: Announcements | undefined
  /** The tabs of a browser tell each other here that the backend ended a session. Whoever hears it asks. */
  #ends: Announcements | undefined
  #isOpen = false

  constructor(env: VaultEnvironment, options: BffVaultOptions) {
    const { base, origin, name, marks, tabMarks, alwaysAsks = false } = options
    const address: BffAddress = { env, base, origin }
    const memory = new SessionMemory(env, name, marks, tabMarks)
    const events = this.#events
    const session = new BffSession({
      ...{ env, address, memory, events, alwaysAsks },
      onUser: (sub) => this.#onUser(sub),
    })
    this.#env = env
    this.#options = options
    this.#memory = memory
    this.ends = session
    this.#signOuts = new SignOuts({ env, address, memory, name })
    this.#renewal = new Renewal({ env, address, session, name })
    const recover = (error: AuthError) => this.#recover(error)
    const parts = { env, address, events, session, recover }
    this.#renewTokens = () => void (this.#tokens = new TokenRequests(parts))
    this.#renewTokens()
  }

  async open(): Promise<VaultState> {
    const session = this.ends
    this.#listen()
    this.#settle()
    if (!this.#isOpen) {
      const { known } = this.#options
      const memory = this.#memory
      const isBelieved = known && !memory.isEnded(known.session)
      if (isBelieved && !memory.isSignedOut) session.adopt(known)
      // The page may be from before a sign-out, out of the browser's cache; or after a sign-in by a link: the backend knows.
      else await session.ask(true, isBelieved)
      this.#isOpen = true
      return session.state
    }
    const asked = session.ask()
    // Of another sign-in nothing is known.
    if (!session.isOfLastSignIn) return asked
    const late = new Promise<void>((resolve) => void this.#env.timer(resolve, REOPEN_DEADLINE_MS))
    await Promise.race([asked.catch(() => {}), late])
    return session.state
  }

  /** The page is in sight or online again: what could not be heard meanwhile is asked for. */
  wake(): void {
    this.#settle()
    const { state, isOfLastSignIn } = this.ends
    if (state.status === 'live' || !isOfLastSignIn) this.ends.check(FRESH_MS)
  }

  /**
   * The user is about to be sent to the backend's login.
   * @throws AuthError where a sign-out is owed that does not know its session: it would end the one that comes of this
   */
  async signingIn(): Promise<void> {
    const memory = this.#memory
    await this.#signOuts.settled().catch((error: AuthError) => {
      if (memory.isEnded()) throw error
    })
    memory.beginSignIn()
  }

  /** The user came back from the backend's login. @throws AuthError where the backend does not say who is signed in */
  signedIn(): Promise<VaultState> {
    // What there is now is of another session, also where the user is the same (RFC 9470 §6).
    this.#renewTokens()
    return this.ends.askAnew()
  }

  async getToken(need: TokenNeed): Promise<IssuedToken> {
    return serialize(await this.#tokens.get(need), instant(this.#env))
  }

  async authorize({ url, need = {} }: ProtectedRequest): Promise<Authorization> {
    const { base } = this.#options
    const session = this.ends
    if (!new URL(url).href.startsWith(`${base}/`)) {
      const { response } = await this.#tokens.get(need)
      // RFC 6750 §2.1: in the header, never in the URL or the body.
      return { headers: { authorization: `Bearer ${response.access_token}` } }
    }
    if (session.needsRenewal) await this.#renewal.renew()
    session.live(need.subject)
    return { headers: bffHeaders(session.name) }
  }

  /** What the backend tells of the user: it may have asked UserInfo. */
  async userInfo(subject?: string): Promise<Record<string, unknown>> {
    const { sub } = this.ends.live(subject).claims
    await this.ends.ask()
    return { ...this.ends.live(sub).claims }
  }

  async endSession({
    provider,
    postLogoutRedirectUri,
    parameters,
    by,
  }: EndSession): Promise<EndedSession> {
    if (parameters) throw new TypeError('signOut: `parameters` are the backend’s to send')
    const returnTo = this.#localPath(postLogoutRedirectUri)
    rememberSignOut(this.#options.marks, this.#options.name, this.ends.name)
    this.#announcements?.announce({ type: 'signed-out', by })
    this.ends.end('signed_out')
    const url = await this.#signOuts.send({ provider, returnTo })
    return provider && url !== undefined ? { url } : {}
  }

  observe(listener: (event: VaultEvent) => void): () => void {
    return this.#events.on(listener)
  }

  leave(): void {
    // A page in the back-forward cache would be thrown out of it by a message.
    this.#announcements?.close()
    this.#announcements = undefined
    this.#ends?.close()
  }

  close(): void {
    this.leave()
    this.ends.close()
  }

  #settle(): void {
    this.#signOuts.settled().catch(() => {
      // It is still owed.
    })
  }

  #listen(): void {
    if (this.#announcements) return
    this.#announcements = openAnnouncements(this.#env, this.#options.name, 'bff')
    this.#ends = openAnnouncements(this.#env, this.#options.name, 'ends')
    const session = this.ends
    this.#ends.listen(() => session.state.status === 'live' && session.check())
    this.#announcements.listen((announcement) => {
      if (announcement.type === 'signed-out') return session.end('signed_out_elsewhere')
      const { state } = session
      const isKnown = state.status === 'live' && state.claims.sub === announcement.sub
      if (!isKnown) session.askAnew(true).catch(() => session.checkLater())
    })
  }

  #onUser(sub: string | undefined): void {
    this.#renewTokens()
    if (sub !== undefined) this.#announcements?.announce({ type: 'signed-in', sub })
    // Also of what this tab was told: the others are asking by then, and ask once.
    else if (this.ends.state.status === 'expired') this.#ends?.announce({ type: 'signed-out' })
  }

  /** @returns whether the same request may now be answered */
  async #recover(error: AuthError): Promise<boolean> {
    if (error.code === 'session_expired') this.ends.ended(error)
    else if (error.code === 'user_mismatch') await this.ends.askAnew()
    else if (error.error === 'token_expired') await this.#renewal.renew()
    else return false
    return true
  }

  /** @throws TypeError */
  #localPath(uri: string | undefined): string | undefined {
    if (uri === undefined) return undefined
    const { origin } = this.#options
    const url = new URL(uri, origin)
    if (url.origin === origin) return url.pathname + url.search + url.hash
    throw new TypeError('signOut: `postLogoutRedirectUri` must be a path of this origin')
  }
}
