import { Fragment, type ReactNode } from 'react'
import type { ClientOption } from './auth-context.ts'
import { shownSubject, useTreeKey } from './shown-subject.ts'
import { useSessionValue } from './use-session-value.ts'

export interface GuardProps extends ClientOption {
  children?: ReactNode
}

/**
 * Shows its children to a user who is signed in, and keeps them in `expired` and in the sign-in that follows it:
 * a half-filled form survives. Another user gets them new.
 */
export function SignedIn({ children, ...option }: GuardProps): ReactNode {
  const subject = useSessionValue(option, shownSubject)
  const key = useTreeKey(subject)
  return subject === undefined ? null : <Fragment key={key}>{children}</Fragment>
}
