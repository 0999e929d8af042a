import { AuthError } from '../../errors.ts'
import type { EmptyReason, VaultEvent, VaultState } from '../../vault/vault.ts'
import type { StringStorage } from '../page/environment.ts'
import type { TokenCache } from '../tokens/token-cache.ts'
import type { EventLog } from './event-log.ts'
import type { SessionMachine } from './session-machine.ts'
import { endedByUser, type SignedOutReason } from './session.ts'

export interface SessionControlParts<User> {
  machine: SessionMachine<User>
  cache: TokenCache
  log: EventLog
  sessionStorage: StringStorage
  /** Prefix of this client's names in storage. */
  name: string
}

/** What the vault said last, and what follows of it for the session and its tokens. */
export class SessionControl<User = unknown> {
  readonly #machine: SessionMachine<User>
  readonly #cache: TokenCache
  readonly #log: EventLog
  readonly #sessionStorage: StringStorage
  /** Set in this tab by a sign-out: a vault that lost its memory must not bring the session back. */
  readonly #signedOutMark: string
  #state: VaultState | undefined
  /** What a vault that died said last. */
  #lost: VaultState | undefined
  #nextSignOut = new AbortController()
  #signOutsUnderWay = 0

  constructor({ machine, cache, log, sessionStorage, name }: SessionControlParts<User>) {
    this.#machine = machine
    this.#cache = cache
    this.#log = log
    this.#sessionStorage = sessionStorage
    this.#signedOutMark = `${name}.signed-out`
  }

  /** The vault's last word, without its token. */
  state(): VaultState | undefined {
    return this.#state
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
    this.#lost = this.#state
    this.#state = undefined
  }

  /** The vault said something that is not to be shown yet: a sign-in may follow from it. */
  hear(state: VaultState): void {
    this.#state = withoutToken(state)
  }

  /** What the open vault says of its own accord. */
  heard(event: VaultEvent): void {
    if (event.type === 'token') return this.#cache.store(event.token)
    if (event.type === 'state') return void this.apply(event.state)
    if (event.type === 'note') return void this.#log.recordError(AuthError.from(event.error))
    // An error that crossed a port is plain data.
    if (event.error) this.#log.recordError(AuthError.from(event.error))
    this.#cache.setRenewal(event.key, event.renewal)
    this.#log.recordRenewal(event.key, event.renewal)
  }

  /** The vault said something: tokens of another user are gone at once, the session follows. */
  apply(state: VaultState, reason?: SignedOutReason): Promise<void> {
    if (state.status === 'live') {
      if (this.#signOutsUnderWay > 0) return Promise.resolve()
      this.#changeUser(state.claims.sub)
    } else if (endedByUser(state.reason)) {
      this.#sessionStorage.set(this.#signedOutMark, '1')
    } else if (this.#sessionStorage.get(this.#signedOutMark) !== null) {
      // The vault lost its memory, this tab did not: after a sign-out only a person signs in again.
      return this.#show(signedOut('signed_out'))
    }
    return this.#show(state, reason)
  }

  /** What the vault said last is shown again: a sign-in that was begun is not under way any more. */
  async applyAgain(): Promise<void> {
    if (this.#state) await this.apply(this.#state)
  }

  /** Something failed that is not the session: a user who was signed in still is. */
  async fail(error: unknown): Promise<void> {
    const known = this.#log.recordError(error)
    const isShown = this.#state?.status === 'live' || this.#machine.shownUser() !== undefined
    if (this.#state && isShown) return this.applyAgain()
    this.#machine.fail(known)
  }

  /** Whether another vault may take the place of the open one: nothing is lost by it. */
  mayReplaceVault(): boolean {
    return this.#state?.status !== 'live' && this.#machine.get().status !== 'signing-in'
  }

  /** Aborted by the next sign-out: a sign-in that one overtook is over. */
  untilSignOut(): AbortSignal {
    return this.#nextSignOut.signal
  }

  /** While a sign-out runs, no late answer signs a user in. */
  async duringSignOut<T>(run: () => Promise<T>): Promise<T> {
    this.#nextSignOut.abort()
    this.#nextSignOut = new AbortController()
    this.#signOutsUnderWay++
    try {
      return await run()
    } finally {
      this.#signOutsUnderWay--
    }
  }

  #changeUser(subject: string): void {
    if (subject === this.#cache.subject) return
    // The previous user's tokens are gone before the new claims are checked.
    if (this.#cache.subject !== undefined) this.#cache.close(null)
    this.#sessionStorage.set(this.#signedOutMark, null)
  }

  #show(state: VaultState, reason?: SignedOutReason): Promise<void> {
    this.hear(state)
    return this.#machine.apply(state, reason)
  }
}

export function signedOut(reason: EmptyReason): VaultState {
  return { status: 'empty', reason }
}

/** Applied again later, a token in it would come back as an older one over a newer. */
function withoutToken(state: VaultState): VaultState {
  if (state.status !== 'live') return state
  const { token: _, ...rest } = state
  return rest
}
