import type { ReactNode } from 'react'
import type { GuardProps } from './signed-in.tsx'
import { useSessionValue } from './use-session-value.ts'

/** Shows its children when it is certain that no user is signed in, also after a sign-in that failed. */
export function SignedOut({ children, ...option }: GuardProps): ReactNode {
  const isSignedOut = useSessionValue(
    option,
    ({ status }) => status === 'signed-out' || status === 'error',
  )
  return isSignedOut ? children : null
}
