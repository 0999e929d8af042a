import type { EmptyReason, VaultState } from '../../vault/vault.ts'
import type { StringStorage } from '../page/environment.ts'
import type { TokenCache } from '../tokens/token-cache.ts'
import type { EventLog } from './event-log.ts'
import type { SessionMachine } from './session-machine.ts'
import { endedByUser, type SignedOutReason } from './session.ts'

/** What the vault said last, and what follows of it for tokens and session. */
export interface SessionControl {
  /** The vault's last word, without its token. */
  state(): VaultState | undefined
  /** The vault said something: tokens of another user are gone at once, the session follows. */
  apply(state: VaultState, reason?: SignedOutReason): Promise<void>
  /** The vault said something that is not to be shown yet: a sign-in may follow from it. */
  hear(state: VaultState): void
  /** The vault and what it said are gone. */
  forget(): VaultState | undefined
  /** Something failed that is not the session: a user who was signed in still is. */
  fail(error: unknown): Promise<void>
  /** Aborted by the next sign-out: a sign-in that one overtook is over. */
  untilSignOut(): AbortSignal
  /** While a sign-out runs, no late answer signs a user in. */
  duringSignOut<T>(run: () => Promise<T>): Promise<T>
}

export interface SessionControlParts<User> {
  machine: SessionMachine<User>
  tokens: TokenCache
  log: EventLog
  sessionStorage: StringStorage
  /** Prefix of this client's names in storage. */
  name: string
}

export function createSessionControl<User>(parts: SessionControlParts<User>): SessionControl {
  const { machine, tokens, log, sessionStorage } = parts
  /** Set in this tab by a sign-out: a vault that lost its memory must not bring the session back. */
  const signedOutMark = `${parts.name}.signed-out`
  let state: VaultState | undefined
  let nextSignOut = new AbortController()
  let signOutsUnderWay = 0

  function apply(said: VaultState, reason?: SignedOutReason): Promise<void> {
    if (said.status === 'live') return applyLive(said, reason)
    if (endedByUser(said.reason)) {
      sessionStorage.set(signedOutMark, '1')
    } else if (sessionStorage.get(signedOutMark) !== null) {
      return remember(signedOut('signed_out'))
    }
    return remember(said, reason)
  }

  function applyLive(said: Extract<VaultState, { status: 'live' }>, reason?: SignedOutReason) {
    if (signOutsUnderWay > 0) return Promise.resolve()
    if (said.claims.sub !== tokens.subject) {
      // Another user: the previous one's tokens are gone before the new claims are checked.
      if (tokens.subject !== undefined) tokens.close(null)
      sessionStorage.set(signedOutMark, null)
    }
    return remember(said, reason)
  }

  function remember(said: VaultState, reason?: SignedOutReason): Promise<void> {
    state = withoutToken(said)
    return machine.apply(said, reason)
  }

  return {
    state: () => state,
    apply,
    hear(said) {
      state = withoutToken(said)
    },
    forget() {
      const before = state
      state = undefined
      return before
    },
    async fail(error) {
      const known = log.recordError(error)
      if (!state || (state.status !== 'live' && !machine.shownUser())) return machine.fail(known)
      return apply(state)
    },
    untilSignOut: () => nextSignOut.signal,
    async duringSignOut(run) {
      nextSignOut.abort()
      nextSignOut = new AbortController()
      signOutsUnderWay++
      try {
        return await run()
      } finally {
        signOutsUnderWay--
      }
    },
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
