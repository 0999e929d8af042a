import { AuthError, subjectOf, type AuthClient } from '../core.ts'

type Watched = Pick<AuthClient<unknown>, 'getSession' | 'subscribe'>

/**
 * Runs a call. Where the session expires, before or meanwhile, it waits for its user to sign in again and runs it then.
 * @throws AuthError of the call where another user signs in, or the user signs out
 */
export async function whileSignedIn<T>(
  auth: Watched,
  signal: AbortSignal | undefined,
  run: () => Promise<T>,
): Promise<T> {
  const subject = subjectOf(auth.getSession())
  for (;;) {
    // A call for another user than the one it was made for is refused by what it calls.
    await reAuthenticated(auth, signal)
    signal?.throwIfAborted()
    if (subject !== undefined && subjectOf(auth.getSession()) !== subject) {
      throw new AuthError('user_mismatch', { message: 'The user of this call is not signed in.' })
    }
    try {
      return await run()
    } catch (error) {
      const isExpired = error instanceof AuthError && error.code === 'session_expired'
      if (!isExpired || !isReAuthenticating(auth)) throw error
    }
  }
}

function isReAuthenticating(auth: Watched): boolean {
  const session = auth.getSession()
  const { status } = session
  return status === 'expired' || (status === 'signing-in' && subjectOf(session) !== undefined)
}

function reAuthenticated(auth: Watched, signal: AbortSignal | undefined): Promise<void> {
  if (!isReAuthenticating(auth)) return Promise.resolve()
  return new Promise((resolve) => {
    const end = () => {
      if (isReAuthenticating(auth) && !signal?.aborted) return
      unsubscribe()
      signal?.removeEventListener('abort', end)
      resolve()
    }
    const unsubscribe = auth.subscribe(end)
    signal?.addEventListener('abort', end)
  })
}
