import { AuthError, type AuthErrorJSON } from '../oauth/errors.ts'
import type { VaultState } from '../vault/types.ts'
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
  prepare: (next: Session<User>, live?: Extract<VaultState, { status: 'live' }>) => void,
) {
  const store = createStore<Session<User>>({ status: 'restoring' })
  const transitions: Transition[] = []
  const errors: (AuthErrorJSON & { at: number })[] = []
  const readUser = createUserReader(schema)
  let applied = 0

  function move(
    event: SessionEvent,
    reason: string,
    what: Partial<{ user: User; reason: string; error: AuthError }>,
    live?: Extract<VaultState, { status: 'live' }>,
  ): void {
    const from = store.get()
    const to = TRANSITIONS[from.status][event]
    if (!to) return
    const next = { status: to, ...what } as Session<User>
    prepare(next, live)
    if (from.status === 'signed-in' && to === 'signed-in' && from.user === what.user) return
    remember(transitions, { at: now(), from: from.status, to, reason })
    store.set(next)
  }

  function note(error: unknown): AuthError {
    const known =
      error instanceof AuthError
        ? error
        : new AuthError('vault_unavailable', {
            message: 'A part of evertoken failed or did not load. Reload the page.',
            cause: error,
          })
    remember(errors, { at: now(), ...known.toJSON() })
    return known
  }

  function fail(error: unknown): void {
    const known = note(error)
    move('fail', known.code, { error: known })
  }

  return {
    store,
    transitions,
    errors,
    note,
    fail,
    begin: (user?: User) => move('begin', 'sign_in', user === undefined ? {} : { user }),
    /** What the vault says is so. A later word overtakes one whose user is still being checked. */
    async apply(state: VaultState, because?: SignedOutReason): Promise<void> {
      const turn = ++applied
      const { status } = state
      if (status === 'live') {
        try {
          const user = await readUser(state.claims)
          if (turn === applied) move(status, 'signed_in', { user }, state)
        } catch (error) {
          if (turn === applied) fail(error)
        }
        return
      }
      const reason = because ?? state.reason
      const session = store.get()
      // A page that never showed who was signed in has nothing to keep for them.
      if (status === 'expired' && 'user' in session) move(status, reason, { user: session.user, reason })
      else move('empty', reason, { reason })
    },
  }
}

function remember<Item>(list: Item[], item: Item): void {
  list.push(item)
  if (list.length > KEPT) list.shift()
}
