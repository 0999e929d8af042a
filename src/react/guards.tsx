import { Fragment, useEffect, type ReactNode } from 'react'
import type { AuthError, Session } from '../core.ts'
import { useAuthContext, type ClientOption, type User } from './context.ts'
import { useSessionValue } from './session.ts'

interface Guarded extends ClientOption {
  children?: ReactNode
}

/**
 * Shows its children to whoever is signed in, and keeps them in `expired` and in the sign-in that follows it:
 * a half-filled form survives. Another user gets them new.
 */
export function SignedIn({ children, ...option }: Guarded): ReactNode {
  const holder = useSessionValue(option, holderOf)
  return holder === undefined ? null : <Fragment key={holder}>{children}</Fragment>
}

/** Shows its children when it is certain that nobody is signed in, also after a sign-in that failed. */
export function SignedOut({ children, ...option }: Guarded): ReactNode {
  const nobody = useSessionValue(
    option,
    ({ status }) => status === 'signed-out' || status === 'error',
  )
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
    status === 'signed-out' &&
    signedOut === undefined &&
    !/^(signed_out|aborted)/.test(session.reason)
  useEffect(() => {
    // What goes wrong is in the session already.
    if (automatic) client.signIn({ automatic: true }).catch(() => {})
  }, [automatic, client])

  const signIn = () => void client.signIn().catch(() => {})
  const holder = holderOf(session)
  if (holder !== undefined) return <Fragment key={holder}>{children}</Fragment>
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

/** Whose tree this is: another user gets a new one, another object for the same user does not. */
function holderOf(session: Session<User>): string | undefined {
  if (!('user' in session)) return undefined
  return session.subject ?? (session.user as { sub?: string } | null | undefined)?.sub ?? ''
}
