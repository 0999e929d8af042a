import type { AuthError, AuthErrorCode } from '../../errors.ts'
import { Emitter } from '../../vault/emitter.ts'
import type { UserClaims, VaultState } from '../../vault/vault.ts'
import type { EventLog, TransitionReason } from './event-log.ts'
import { endedByUser, leadsTo, type Session, type SignedOutReason } from './session.ts'

export type LiveState = Extract<VaultState, { status: 'live' }>

/** Whom a page shows: kept while the session expires and while the user signs in again. */
export interface ShownUser<User> {
  user: User
  subject: string
}

/** The one session of a client, moved by the one table. */
export interface SessionMachine<User> {
  get(): Session<User>
  subscribe(listener: () => void): () => boolean
  readonly subscribers: number
  shownUser(): ShownUser<User> | undefined
  signingIn(): void
  /** What the vault says is so. A later word overtakes one whose user is still being checked. */
  apply(state: VaultState, reason?: SignedOutReason): Promise<void>
  /** No session can be had: recorded, and shown. */
  fail(error: unknown): void
}

export interface SessionMachineParts<User> {
  log: EventLog
  /** Makes the user of the claims. @throws AuthError `user_invalid` */
  checkUser(claims: UserClaims): User | Promise<User>
  /** Called before a session is shown, and before any listener: its tokens first. */
  beforeChange(next: Session<User>, live: LiveState | undefined): void
}

/** What `checkUser` last made, and of which claims: the same user object until the claims change. */
interface CheckedUser<User> {
  claims: string
  user: User
}

export function createSessionMachine<User>({
  log,
  checkUser,
  beforeChange,
}: SessionMachineParts<User>): SessionMachine<User> {
  const listeners = new Emitter<void>()
  let session: Session<User> = { status: 'restoring' }
  let shown: ShownUser<User> | undefined
  let checked: CheckedUser<User> | undefined
  /** Counts the vault's words: an older one whose user is still being checked says nothing any more. */
  let latestWord = 0

  function show(next: Session<User>, reason: TransitionReason, live?: LiveState): void {
    const from = session
    if (!leadsTo(from.status, next.status, reason)) return
    const changed = !isSameSession(from, next)
    if (changed || live) beforeChange(next, live)
    if (changed) {
      session = next
      shown = 'user' in next ? shown : undefined
      log.recordTransition({ from: from.status, to: next.status, reason })
    }
    // Also without a change: `whenSettled()` waits for the vault to have spoken.
    listeners.emit()
  }

  async function signedIn(live: LiveState, reason: SignedOutReason | undefined, word: number) {
    const { sub } = live.claims
    const claims = JSON.stringify(live.claims)
    try {
      if (checked?.claims !== claims) {
        // A copy: what an application's schema does to its argument is nothing to us.
        const user = await checkUser(structuredClone(live.claims))
        if (word !== latestWord) return
        checked = { claims, user }
      }
      const { user } = checked
      shown = { user, subject: sub }
      show({ status: 'signed-in', user, subject: sub }, reason ?? 'signed_in', live)
    } catch (error) {
      if (word === latestWord) fail(error)
    }
  }

  function fail(error: unknown): void {
    const known = log.recordError(error)
    show({ status: 'error', error: known }, known.code)
  }

  /** Why no user is signed in: the vault's reason, or what ended a sign-in that came back with nothing. */
  function signedOutReason(said: SignedOutReason): SignedOutReason | AuthErrorCode {
    // The user gave the sign-in up: no guard begins the next one of its own accord.
    return session.status === 'signing-in' && !endedByUser(said) ? 'aborted' : said
  }

  return {
    get: () => session,
    subscribe: (listener) => listeners.on(listener),
    get subscribers() {
      return listeners.size
    },
    shownUser: () => shown,
    fail,
    signingIn: () => show({ status: 'signing-in', ...shown }, 'sign_in'),
    async apply(state, given) {
      const word = ++latestWord
      if (state.status === 'live') return signedIn(state, given, word)
      // A page that never showed a user has nothing to keep for them.
      if (state.status === 'expired' && shown) {
        show({ status: 'expired', ...shown, reason: state.reason }, state.reason)
      } else {
        const reason = given ?? signedOutReason(state.reason)
        show({ status: 'signed-out', reason }, reason)
      }
    },
  }
}

/** Every member that any state of a session has. */
interface AnySession {
  status: string
  user?: unknown
  subject?: string
  reason?: string
  error?: AuthError
}

function isSameSession(one: AnySession, other: AnySession): boolean {
  return (
    one.status === other.status &&
    one.user === other.user &&
    one.subject === other.subject &&
    one.reason === other.reason &&
    one.error === other.error
  )
}
