import { Fragment, useEffect, type ReactNode } from 'react'
import { mayStartSignIn, type AuthError } from '../core.ts'
import { useAuthContext, type ClientOption } from './auth-context.ts'
import { shownSubject, useTreeKey } from './shown-subject.ts'
import type { GuardProps } from './signed-in.tsx'
import { ignoreAuthError } from './ignore-auth-error.ts'
import { useSessionValue } from './use-session-value.ts'

/** The props of `<RequireSession>`. */
export interface RequireSessionProps extends GuardProps {
  /** While the session is restored or on its way. Default: nothing. */
  fallback?: ReactNode
  /** When no user is signed in; null shows nothing. Default: goes to sign in by itself, at most twice a minute, and never after a sign-out. */
  signedOut?: ReactNode
  /** When a sign-in failed. Default: the message and a button. */
  error?: (error: AuthError, signIn: () => void) => ReactNode
}

/** Lets its children in with a session only, and sees to it that there is one. */
export function RequireSession(props: RequireSessionProps): ReactNode {
  const { children, fallback = null, error: showError } = props
  const option: ClientOption = props.client ? { client: props.client } : {}
  const { client } = useAuthContext(props.client)
  const session = useSessionValue(option, (current) => current)
  const automatic = props.signedOut === undefined && mayStartSignIn(session)
  useEffect(() => {
    if (automatic) client.signIn({ automatic: true }).catch(ignoreAuthError)
  }, [automatic, client])

  const signIn = () => void client.signIn().catch(ignoreAuthError)
  const button = <button onClick={signIn}>Sign in</button>
  const { signedOut = button } = props
  const subject = shownSubject(session)
  const key = useTreeKey(subject)
  if (subject !== undefined) return <Fragment key={key}>{children}</Fragment>
  if (session.status === 'error') {
    if (showError) return showError(session.error, signIn)
    return (
      <div role="alert">
        <p>{session.error.message}</p>
        {button}
      </div>
    )
  }
  if (session.status !== 'signed-out' || automatic) return fallback
  return signedOut
}
