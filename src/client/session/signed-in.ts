import { AuthError } from '../../errors.ts'
import { anotherUserError } from '../tokens/request-token.ts'
import type { TokenCache } from '../tokens/token-cache.ts'
import type { SessionMachine } from './session-machine.ts'
import { isSettled, type Session } from './session.ts'

interface SettlingParts<User> {
  machine: SessionMachine<User>
  cache: TokenCache
}

/** Resolves once the session is neither being restored nor on its way. */
export async function whenSettled<User>({
  machine,
  cache,
}: SettlingParts<User>): Promise<Session<User>> {
  for (;;) {
    const session = machine.get()
    // A user who is still being checked is not the one whom the session shows.
    const checking = session.status === 'signed-in' && cache.subject === undefined
    if (isSettled(session.status) && !checking) return session
    await new Promise<void>((resolve) => {
      const unsubscribe = machine.subscribe(() => {
        unsubscribe()
        resolve()
      })
    })
  }
}

export interface SignedInParts<User> extends SettlingParts<User> {
  /** Settles when a vault is open. @throws AuthError */
  opened(): Promise<unknown>
}

/** Settles when a user is signed in: the one whom the page showed when it was asked, if it showed one. @throws AuthError */
export async function signedIn<User>(parts: SignedInParts<User>): Promise<void> {
  const { machine, cache, opened } = parts
  const shown = machine.shownUser()?.subject
  await opened()
  if (cache.subject === undefined) await whenSettled(parts)
  const { closed, subject } = cache
  if (subject === undefined) throw closed ?? notSignedInError()
  if (shown !== undefined && shown !== subject) throw anotherUserError()
}

function notSignedInError(): AuthError {
  return new AuthError('signed_out', { message: 'Nobody is signed in yet.' })
}
