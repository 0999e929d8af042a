import { AuthError, type AuthErrorCode, type AuthErrorJSON } from '../../errors.ts'
import { Emitter } from '../../vault/emitter.ts'
import type { UserClaims, VaultEvent, VaultState } from '../../vault/vault.ts'
import type { StoredFlag } from '../page/stored-flag.ts'
import type { TokenCache } from '../tokens/token-cache.ts'
import type { EventLog, TransitionReason } from './event-log.ts'
import { noTokenError } from './no-token-error.ts'
import { signedOut, withoutToken } from './vault-state.ts'
import {
  endedByUser,
  isSameSession,
  leadsTo,
  subjectOf,
  type Session,
  type SignedOutReason,
} from './session.ts'

type SignedIn<User> = Extract<Session<User>, { status: 'signed-in' }>
type LiveState = Extract<VaultState, { status: 'live' }>

export interface SessionMachineParts<User> {
  log: EventLog
  tokens: TokenCache
  /** Set in this tab by a sign-out: a vault that lost its memory must not bring the session back. */
  signedOutMark: StoredFlag
  /** Makes the user of the claims. @throws AuthError `user_invalid` */
  checkUser(claims: UserClaims): User | Promise<User>
}

/** The one session of a client, moved by what the vault says and by the one table; its tokens go with it. */
export class SessionMachine<User = unknown> {
  readonly #parts: SessionMachineParts<User>
  readonly #listeners = new Emitter<void>()
  #session: Session<User> = { status: 'restoring' }
  /** The user who was checked last, and by which claims: the same object until the claims change. */
  #checked: { session: SignedIn<User>; claims: string } | undefined
  /** The vault's last word. */
  #said: VaultState | undefined
  /** What a vault that died said last. */
  #lost: VaultState | undefined
  #signOutsUnderWay = 0
  /** Whom a server's page shows until the vault has spoken, by `sub`. */
  #initialSubject: string | undefined

  constructor(parts: SessionMachineParts<User>) {
    this.#parts = parts
  }

  get session(): Session<User> {
    return this.#session
  }

  /** The vault's last word, without its token. */
  get vaultState(): VaultState | undefined {
    return this.#said
  }

  /** The session of the user whom the page shows: kept while it expires and while the user signs in again. */
  get shown(): SignedIn<User> | undefined {
    return 'user' in this.#session ? this.#checked?.session : undefined
  }

  /** `sub` of the user whom the page shows, by this client's word or by what a server knew. */
  get shownSubject(): string | undefined {
    const { status } = this.#session
    return status === 'restoring' ? this.#initialSubject : this.shown?.subject
  }

  /** What a server knew, and the page shows until the vault has spoken. */
  hydrate(session: Session<User>): void {
    this.#initialSubject = subjectOf(session)
  }

  get isSubscribed(): boolean {
    return this.#listeners.size > 0
  }

  subscribe(listener: () => void): () => boolean {
    return this.#listeners.on(listener)
  }

  signingIn(): void {
    this.#forgetSignInError()
    this.#show({ ...this.shown, status: 'signing-in' }, 'sign_in')
  }

  /** The page stands still: a user who is being checked may have signed out when it runs again. The vault is asked then. */
  pause(): void {
    if (this.#said) this.#said = { ...this.#said }
  }

  /** No session can be had: recorded, and shown. */
  showError(error: unknown): void {
    const known = this.#parts.log.recordError(error)
    this.#show({ status: 'error', error: known }, known.code)
  }

  /** Something failed that is not the session: a user who was signed in still is. */
  async failed(error: unknown): Promise<void> {
    const isSignedIn = this.#said?.status === 'live' || this.shown !== undefined
    if (!this.#said || !isSignedIn) return this.showError(error)
    await this.apply(this.#said, undefined, this.#parts.log.recordError(error))
  }

  /** A vault was opened, or asked again. Where another died before, its session cannot be renewed any more. */
  opened(state: VaultState): Promise<void> {
    const lost = this.#lost
    this.#lost = undefined
    if (!lost || lost.status === 'empty' || state.status !== 'empty') return this.apply(state)
    const reason = lost.status === 'expired' ? lost.reason : 'vault_lost'
    return this.apply({ status: 'expired', claims: lost.claims, reason })
  }

  /** The vault died, and what it held is lost. */
  lost(): void {
    this.#lost = this.#said
    this.#said = undefined
  }

  /** What the open vault says of its own accord. */
  heard(event: VaultEvent): void {
    const { log, tokens } = this.#parts
    if (event.type === 'token') return tokens.store(event.token)
    if (event.type === 'state') return void this.apply(event.state)
    // An error that crossed a port is plain data.
    if (event.error) log.recordError(AuthError.from(event.error))
    if (event.type === 'note') return void log.recordError(AuthError.from(event.error))
    tokens.setRenewal(event.key, event.renewal)
    log.recordRenewal(event.key, event.renewal)
  }

  /** Whether another vault may take the place of the open one: nothing is lost by it. */
  mayReplaceVault(): boolean {
    return this.#said?.status !== 'live' && this.#session.status !== 'signing-in'
  }

  /** The vault said something that is not to be shown yet: a sign-in may follow from it. */
  hear(state: VaultState): VaultState {
    this.#said = withoutToken(state)
    return this.#said
  }

  /**
   * The vault said something: tokens of another user are gone at once, the session follows.
   * @param failure of a sign-in that leaves the user of before signed in
   */
  async apply(state: VaultState, reason?: SignedOutReason, failure?: AuthError): Promise<void> {
    const { signedOutMark, log } = this.#parts
    if (state.status === 'live') return this.#signedIn(state, reason, failure)
    if (endedByUser(state.reason)) signedOutMark.set(true)
    // The vault lost its memory, this tab did not: after a sign-out only a person signs in again.
    else if (signedOutMark.isSet()) return this.apply(signedOut('signed_out'))
    this.hear(state)
    this.#forgetSignInError()
    const { shown } = this
    if (state.status === 'expired' && shown) {
      const { reason: why, error } = state
      // Known again by its words: the vault may say the same more than once.
      const known = error && (this.#endedBy(error) ?? log.recordError(AuthError.from(error)))
      this.#show({ ...shown, status: 'expired', reason: why, ...(known && { error: known }) }, why)
    } else {
      // A page that never showed a user has nothing to keep for them.
      const why = reason ?? this.#signedOutReason(state.reason)
      this.#show({ status: 'signed-out', reason: why }, why)
    }
  }

  /** While a sign-out runs, no late answer signs a user in. */
  async duringSignOut<T>(run: () => Promise<T>): Promise<T> {
    this.#signOutsUnderWay++
    try {
      return await run()
    } finally {
      this.#signOutsUnderWay--
    }
  }

  async #signedIn(
    live: LiveState,
    reason: TransitionReason = 'signed_in',
    failure?: AuthError,
  ): Promise<void> {
    const { tokens, signedOutMark, checkUser } = this.#parts
    if (this.#signOutsUnderWay > 0) return
    const { sub } = live.claims
    if (sub !== tokens.session?.subject) {
      // The previous user's tokens are gone before the new claims are checked.
      tokens.suspend()
      signedOutMark.set(false)
    }
    const word = this.hear(live)
    const claims = JSON.stringify(live.claims)
    try {
      if (this.#checked?.claims !== claims) {
        const user = await checkUser(live.claims)
        // A later word overtakes one whose user is still being checked.
        if (word !== this.#said) return
        this.#checked = { session: { status: 'signed-in', user, subject: sub }, claims }
      }
      if (failure) this.#checked.session = { ...this.#checked.session, signInError: failure }
      this.#show(this.#checked.session, reason, live)
    } catch (error) {
      if (word === this.#said) this.showError(error)
    }
  }

  #forgetSignInError(): void {
    if (!this.#checked) return
    const { signInError: _, ...session } = this.#checked.session
    if (_) this.#checked.session = session
  }

  /** The error that the session shows already, where it says the same. */
  #endedBy(error: AuthErrorJSON): AuthError | undefined {
    const shown = this.#session.status === 'expired' ? this.#session.error : undefined
    return shown?.message === error.message ? shown : undefined
  }

  #show(next: Session<User>, reason: TransitionReason, live?: LiveState): void {
    const from = this.#session
    if (!leadsTo(from.status, next.status, reason)) return
    const changed = !isSameSession(from, next)
    // Who hears of the tokens reads whose they are.
    if (changed) this.#session = next
    if (changed || live) this.#setTokens(next, live)
    if (changed) this.#parts.log.recordTransition({ from: from.status, to: next.status, reason })
    // Also without a change: `whenSettled()` waits for the vault to have spoken.
    this.#listeners.emit()
  }

  #setTokens(next: Session<User>, live: LiveState | undefined): void {
    const { tokens } = this.#parts
    if (live) return tokens.open(live.claims.sub, live.token)
    // A user who signs in again keeps what they have until then.
    if (next.status !== 'signing-in' || !tokens.session) tokens.close(noTokenError(next))
  }

  /** Why no user is signed in: the vault's reason, or what ended a sign-in that came back with nothing. */
  #signedOutReason(said: SignedOutReason): SignedOutReason | AuthErrorCode {
    // The user gave the sign-in up: no guard begins the next one of its own accord.
    return this.#session.status === 'signing-in' && !endedByUser(said) ? 'aborted' : said
  }
}
