import { AuthError, type AuthErrorJSON } from '../oauth/errors.ts'
import type { UserClaims, VaultState } from '../vault/types.ts'
import type { StandardSchema } from './options.ts'
import { TRANSITIONS, type Session, type SessionEvent, type SignedOutReason, type Transition } from './session.ts'
import { createStore } from './store.ts'
import { createUserReader } from './user.ts'

/** How many transitions and errors are remembered. */
const KEPT = 50

/** Drives the one session by the one table, and remembers why. */
export function createSessionDriver<User>(
  schema: StandardSchema<User> | undefined,
  now: () => number,
  /** Before anybody is told of a session: its tokens first. */
  prepare: (next: Session<User>, state?: VaultState) => void,
) {
  const store = createStore<Session<User>>({ status: 'restoring' })
  const transitions: Transition[] = []
  const errors: (AuthErrorJSON & { at: number })[] = []
  const readUser = createUserReader(schema)
  let applied = 0

  function move(event: SessionEvent, reason: string, next: Session<User>, state?: VaultState): void {
    const from = store.get()
    const to = TRANSITIONS[from.status][event]
    if (!to) return
    prepare(next, state)
    const same = next.status === 'signed-in' && from.status === 'signed-in' && from.user === next.user
    if (same) return
    transitions.push({ at: now(), from: from.status, to, reason })
    if (transitions.length > KEPT) transitions.shift()
    store.set(next)
  }

  function note(error: unknown): AuthError {
    const known =
      error instanceof AuthError
        ? error
        : new AuthError('vault_unavailable', { message: 'Something unexpected failed.', cause: error })
    errors.push({ at: now(), ...known.toJSON() })
    if (errors.length > KEPT) errors.shift()
    return known
  }

  function fail(error: unknown): AuthError {
    const known = note(error)
    move('fail', known.code, { status: 'error', error: known })
    return known
  }

  return {
    store,
    transitions,
    errors,
    note,
    fail,
    begin(user: User | undefined): void {
      move('begin', 'sign_in', { status: 'signing-in', ...(user !== undefined && { user }) })
    },
    /** What the vault says is so. A later word overtakes one whose user is still being checked. */
    async apply(state: VaultState, reason?: SignedOutReason): Promise<void> {
      const turn = ++applied
      if (state.status === 'empty') {
        const why = reason ?? state.reason
        return move('empty', why, { status: 'signed-out', reason: why })
      }
      if (state.status === 'expired' && store.get().status === 'restoring') {
        return move('expired', state.reason, { status: 'signed-out', reason: state.reason })
      }
      try {
        const read = readUser(state.claims as UserClaims)
        const user = read instanceof Promise ? await read : read
        if (turn !== applied) return
        if (state.status === 'live') move('live', 'signed_in', { status: 'signed-in', user }, state)
        else move('expired', state.reason, { status: 'expired', user, reason: state.reason })
      } catch (error) {
        if (turn === applied) fail(error)
      }
    },
  }
}
