import { Fragment, useEffect, type ReactNode } from 'react'
import type { AuthError } from '../core.ts'
import { useAuthContext, type ClientOption } from './context.ts'
import { useSessionValue, userOf } from './session.ts'

interface Guarded extends ClientOption {
  children?: ReactNode
}

/**
 * Shows its children to whoever is signed in, and keeps them in `expired` and in the sign-in that follows it:
 * a half-filled form survives. Another user gets them new.
 */
export function SignedIn({ children, ...option }: Guarded): ReactNode {
  const user = useSessionValue(option, userOf)
  return user === undefined ? null : <Fragment key={keyOf(user)}>{children}</Fragment>
}

/** Shows its children when it is certain that nobody is signed in, also after a sign-in that failed. */
export function SignedOut({ children, ...option }: Guarded): ReactNode {
  const nobody = useSessionValue(option, ({ status }) => status === 'signed-out' || status === 'error')
  return nobody ? children : null
}

export interface RequireSessionProps extends Guarded {
  /** While the session is restored or on its way. Default: nothing. */
  fallback?: ReactNode
  /** When nobody is signed in. Default: goes to sign in by itself, at most twice a minute, and never after a sign-out. */
  signedOut?: ReactNode
  /** When a sign-in failed. Default: the message and a button. */
  error?: (error: AuthError, signIn: () => void) => ReactNode
}

/** Lets its children in with a session only, and sees to it that there is one. */
export function RequireSession(props: RequireSessionProps): ReactNode {
  const { children, fallback = null, signedOut, error: showError } = props
  const option: ClientOption = props.client ? { client: props.client } : {}
  const { client } = useAuthContext(props.client)
  const session = useSessionValue(option, (now) => now)
  const { status } = session
  const automatic =
    status === 'signed-out' && signedOut === undefined && !session.reason.startsWith('signed_out')
  useEffect(() => {
    // What goes wrong is in the session already.
    if (automatic) client.signIn({ automatic: true }).catch(() => {})
  }, [automatic, client])

  const signIn = () => void client.signIn().catch(() => {})
  const user = userOf(session)
  if (user !== undefined) return <Fragment key={keyOf(user)}>{children}</Fragment>
  if (status === 'error') {
    if (showError) return showError(session.error, signIn)
    return (
      <div role="alert">
        <p>{session.error.message}</p>
        <button onClick={signIn}>Sign in</button>
      </div>
    )
  }
  if (status !== 'signed-out' || automatic) return fallback
  return signedOut ?? <button onClick={signIn}>Sign in</button>
}

function keyOf(user: unknown): string | undefined {
  return (user as { sub?: string } | null)?.sub
}
