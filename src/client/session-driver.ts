import { AuthError, type AuthErrorJSON } from '../errors.ts'
import type { VaultState } from '../vault/vault.ts'
import type { PageEnvironment } from './page/environment.ts'
import type { StandardSchema } from './options.ts'
import {
  leadsTo,
  type Session,
  type SessionStatus,
  type SignedOutReason,
  type Transition,
} from './session.ts'
import { createListeners } from './store.ts'

/** How many transitions and errors are remembered. */
const KEPT = 50

/** All that a session can say. */
const MEMBERS = ['status', 'user', 'subject', 'reason', 'error']

/** Drives the one session by the one table, and remembers why. */
export function createSessionDriver<User>(
  schema: StandardSchema<User> | undefined,
  page: () => PageEnvironment,
  /** Before anybody is told of a session: its tokens first. */
  prepare: (next: Session<User>, live?: Extract<VaultState, { status: 'live' }>) => void,
) {
  const { tell, add } = createListeners()
  const transitions: Transition[] = []
  const errors: (AuthErrorJSON & { at: number })[] = []
  let session: Session<User> = { status: 'restoring' }
  let applied = 0
  /** The user, and the claims it was made of: the same object until they change. */
  let user: User
  let known: string | undefined
  let noted: AuthError | undefined

  function move(
    to: SessionStatus,
    reason: string,
    what: object,
    live?: Extract<VaultState, { status: 'live' }>,
  ): void {
    const from = session
    if (!leadsTo(from.status, to, reason)) return
    const next = { status: to, ...what } as Session<User>
    const news = MEMBERS.some((name) => from[name as never] !== next[name as never])
    if (news || live) prepare(next, live)
    if (news) {
      remember(transitions, { at: page().now(), from: from.status, to, reason })
      session = next
    }
    // Also where it says the same as before: somebody may wait for it to be said.
    tell()
  }

  /** Whose session this is, or was: kept while it expires and while they sign in again. */
  const holder = () =>
    'user' in session ? { user: session.user, subject: session.subject } : undefined

  function note(error: unknown): AuthError {
    const known = authError(error)
    // One that failed the session was often noted where it came from.
    if (known !== noted) remember(errors, { at: page().now(), ...known.toJSON() })
    return (noted = known)
  }

  function fail(error: unknown): void {
    const known = note(error)
    move('error', known.code, { error: known })
  }

  return {
    get: () => session,
    subscribe: add,
    transitions,
    errors,
    holder,
    note,
    fail,
    begin: () => move('signing-in', 'sign_in', { ...holder() }),
    /** What the vault says is so. A later word overtakes one whose user is still being checked. */
    async apply(state: VaultState, because?: SignedOutReason): Promise<void> {
      const turn = ++applied
      const { status } = state
      if (status === 'live') {
        const { claims } = state
        try {
          const now = JSON.stringify(claims)
          if (now !== known) {
            const checked = schema
              ? await (await actions()).checkUser(schema, claims, page())
              : (claims as User)
            if (turn !== applied) return
            user = checked
            known = now
          }
          move('signed-in', because ?? 'signed_in', { user, subject: claims.sub }, state)
        } catch (error) {
          if (turn === applied) fail(error)
        }
        return
      }
      const { reason: said } = state
      const before = holder()
      if (status === 'expired' && before) return move(status, said, { ...before, reason: said })
      // A page that never showed who was signed in has nothing to keep for them. And a sign-in that came
      // back with nothing was given up: nobody begins the next one of their own accord.
      const givenUp = session.status === 'signing-in' && !said.startsWith('signed_out')
      const reason = because ?? (givenUp ? 'aborted' : said)
      move('signed-out', reason, { reason })
    },
  }
}

/** The lazy parts. A chunk that does not load is an error like others, told to whoever waits. */
export const actions = () => import('./actions.ts').catch(known)
export const alive = () => import('./alive.ts').catch(known)

export function known(error: unknown): never {
  throw authError(error)
}

/** Whatever is thrown around here that has no code of its own. */
function authError(error: unknown): AuthError {
  return error instanceof AuthError
    ? error
    : new AuthError('vault_unavailable', {
        message: 'A part of evertoken did not load. Reload the page.',
        cause: error,
      })
}

function remember<Item>(list: Item[], item: Item): void {
  list.push(item)
  if (list.length > KEPT) list.shift()
}
