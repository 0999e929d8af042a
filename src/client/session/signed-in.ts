import type { TokenCache } from '../tokens/token-cache.ts'
import type { SessionMachine } from './session-machine.ts'
import { isSettled, type Session } from './session.ts'

export interface SettlingParts<User> {
  machine: SessionMachine<User>
  tokens: TokenCache
}

/** Resolves once the session is neither being restored nor on its way. */
export async function whenSettled<User>({
  machine,
  tokens,
}: SettlingParts<User>): Promise<Session<User>> {
  for (;;) {
    const { session } = machine
    // A user who is still being checked is not the one whom the session shows.
    const checking = session.status === 'signed-in' && !tokens.session
    if (isSettled(session.status) && !checking) return session
    await new Promise<void>((resolve) => {
      const unsubscribe = machine.listeners.on(() => {
        unsubscribe()
        resolve()
      })
    })
  }
}

export interface SignedInParts<User> extends SettlingParts<User> {
  connection: {
    /** Settles when a vault is open. @throws AuthError */
    open(): Promise<unknown>
  }
}

/**
 * Settles when a user is signed in: the one whom the page showed when it was asked, if it showed one.
 * @returns `sub` of that user
 * @throws AuthError
 */
export async function signedIn<User>(parts: SignedInParts<User>): Promise<string> {
  const { machine, tokens, connection } = parts
  const shown = machine.shownSubject
  await connection.open()
  if (!tokens.session) await whenSettled(parts)
  const subject = tokens.session?.subject
  const isWanted = shown === undefined || shown === subject
  if (subject === undefined || !isWanted) throw tokens.closedError()
  return subject
}
