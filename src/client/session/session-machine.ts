import { AuthError, type AuthErrorCode } from '../../errors.ts'
import { Emitter } from '../../vault/emitter.ts'
import type { UserClaims, VaultEvent, VaultState } from '../../vault/vault.ts'
import type { StoredFlag } from '../page/stored-flag.ts'
import type { TokenCache } from '../tokens/token-cache.ts'
import type { EventLog, TransitionReason } from './event-log.ts'
import { noTokenError } from './no-token-error.ts'
import {
  endedByUser,
  isSameSession,
  leadsTo,
  signedOut,
  subjectOf,
  type Session,
  type SignedInSession,
  type SignedOutReason,
} from './session.ts'

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
  /** Told of every change, and when the vault has spoken without one. */
  readonly listeners = new Emitter<void>()
  session: Session<User> = { status: 'restoring' }
  /** The vault's last word, without its token. */
  vaultState: VaultState | undefined
  /** While one runs, no late answer signs a user in. */
  signOutsUnderWay = 0
  /** Why the last sign-in came to nothing: what the vault says next, or once more, does not hide it. */
  signInFailure: AuthError | undefined
  /** The user who was checked last, and by which claims: the same object until the claims change. */
  #checked: { session: SignedInSession<User>; claims: string } | undefined
  /** What a vault that died said last. */
  #lost: VaultState | undefined
  /** Whom a server's page shows until the vault has spoken, by `sub`. */
  #initialSubject: string | undefined

  constructor(parts: SessionMachineParts<User>) {
    this.#parts = parts
  }

  /** The session of the user whom the page shows: kept while it expires and while the user signs in again. */
  get shown(): SignedInSession<User> | undefined {
    return 'user' in this.session ? this.#checked?.session : undefined
  }

  /** `sub` of the user whom the page shows, by this client's word or by what a server knew. */
  get shownSubject(): string | undefined {
    const { status } = this.session
    return status === 'restoring' ? this.#initialSubject : this.shown?.subject
  }

  /** What a server knew, and the page shows until the vault has spoken. */
  hydrate(session: Session<User>): void {
    this.#initialSubject = subjectOf(session)
  }

  /** The page stands still: a user who is being checked may have signed out when it runs again. The vault is asked then. */
  pause(): void {
    if (this.vaultState) this.vaultState = { ...this.vaultState }
  }

  signingIn(): void {
    this.signInFailure = undefined
    this.#forgetSignInError()
    this.#show({ ...this.shown, status: 'signing-in' }, 'sign_in')
  }

  /** No session can be had: recorded, and shown. */
  showError(error: unknown): void {
    const known = this.#parts.log.recordError(error)
    this.#show({ status: 'error', error: known }, known.code)
  }

  /** Something failed that is not the session: a user who was signed in still is. */
  async failed(error: unknown): Promise<void> {
    const { vaultState, shown } = this
    if (!vaultState || (vaultState.status !== 'live' && !shown)) return this.showError(error)
    await this.apply(vaultState, undefined, this.#parts.log.recordError(error))
  }

  /** The vault died, and what it held is lost. */
  lost(): void {
    this.#lost = this.vaultState
    this.vaultState = undefined
  }

  /** What the open vault says of its own accord. */
  heard(event: VaultEvent): void {
    const { log, tokens } = this.#parts
    if (event.type === 'token') return tokens.store(event.token)
    if (event.type === 'state') return void this.apply(event.state)
    // An error that crossed a port is plain data.
    if (event.error) log.recordError(AuthError.from(event.error))
    if (event.type === 'note') return
    tokens.setRenewal(event.key, event.renewal)
    log.recordRenewal(event.key, event.renewal)
  }

  /** Whether another vault may take the place of the open one: nothing is lost by it. */
  mayReplaceVault(): boolean {
    return this.vaultState?.status !== 'live' && this.session.status !== 'signing-in'
  }

  /** The vault said something that is not to be shown yet: a sign-in may follow from it. */
  hear(state: VaultState): VaultState {
    // Applied again later, a token in it would come back as an older one over a newer.
    const { token: _, ...said } = state as LiveState
    this.vaultState = said
    return said
  }

  /**
   * The vault said something: tokens of another user are gone at once, the session follows.
   * @param failure of a sign-in that leaves the user of before signed in
   */
  async apply(
    given: VaultState,
    reason?: SignedOutReason,
    failure = this.signInFailure,
  ): Promise<void> {
    const { signedOutMark, log } = this.#parts
    const state = this.#withLost(given)
    if (state.status === 'live') return this.#signedIn(state, reason, failure)
    if (endedByUser(state.reason)) signedOutMark.set(true)
    // The vault lost its memory, this tab did not: after a sign-out only a person signs in again.
    else if (signedOutMark.isSet()) return this.apply(signedOut('signed_out'))
    this.hear(state)
    this.#forgetSignInError()
    const { shown } = this
    // Another user's, who signed in while this page stood still, is not the one to go on here.
    if (state.status === 'expired' && shown?.subject === state.claims.sub) {
      const { session } = this
      // The vault may say it more than once.
      if (session.status === 'expired' && (!failure || failure === session.signInError)) return
      const { reason: why } = state
      const error = state.error && log.recordError(AuthError.from(state.error))
      const said = { ...(error && { error }), ...(failure && { signInError: failure }) }
      this.#show({ ...shown, status: 'expired', reason: why, ...said }, why)
    } else if (failure && !endedByUser(state.reason)) {
      this.showError(failure)
    } else {
      // A page that never showed a user has nothing to keep for them.
      const why = reason ?? this.#signedOutReason(state.reason)
      this.#show({ status: 'signed-out', reason: why }, why)
    }
  }

  async #signedIn(
    live: LiveState,
    reason: TransitionReason = 'signed_in',
    failure?: AuthError,
  ): Promise<void> {
    const { tokens, signedOutMark, checkUser } = this.#parts
    if (this.signOutsUnderWay > 0) return
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
        if (word !== this.vaultState) return
        this.#checked = { session: { status: 'signed-in', user, subject: sub }, claims }
      }
      this.signInFailure = undefined
      if (failure) this.#checked.session = { ...this.#checked.session, signInError: failure }
      this.#show(this.#checked.session, reason, live)
    } catch (error) {
      if (word === this.vaultState) this.showError(error)
    }
  }

  #forgetSignInError(): void {
    const { signInError, ...session } = this.#checked?.session ?? {}
    if (signInError) this.#checked!.session = session as SignedInSession<User>
  }

  /** Where the vault before died, its session cannot be renewed any more by one that knows of none. */
  #withLost(state: VaultState): VaultState {
    const lost = this.#lost
    this.#lost = undefined
    const knowsNone = state.status === 'empty' && state.reason === 'no_session'
    if (!lost || lost.status === 'empty' || !knowsNone) return state
    return { reason: 'vault_lost', ...lost, status: 'expired' }
  }

  #show(next: Session<User>, reason: TransitionReason, live?: LiveState): void {
    const { log, tokens } = this.#parts
    const from = this.session
    if (!leadsTo(from.status, next.status, reason)) return
    const changed = !isSameSession(from, next)
    // Who hears of the tokens reads whose they are.
    if (changed) this.session = next
    // A user who signs in again keeps what they have until then.
    const keepsTokens = next.status === 'signing-in' && tokens.session
    if (live) tokens.open(live.claims.sub, live.token)
    else if (changed && !keepsTokens) tokens.close(noTokenError(next))
    if (changed) log.recordTransition({ from: from.status, to: next.status, reason })
    // Also without a change: `whenSettled()` waits for the vault to have spoken.
    this.listeners.emit()
  }

  /** Why no user is signed in: the vault's reason, or what ended a sign-in that came back with nothing. */
  #signedOutReason(said: SignedOutReason): SignedOutReason | AuthErrorCode {
    // The user gave the sign-in up: no guard begins the next one of its own accord.
    return this.session.status === 'signing-in' && !endedByUser(said) ? 'aborted' : said
  }
}
