import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { subjectOf, useAuth, useAuthClient } from '../index.ts'
import { bindQueryClient, type BindOptions } from './bind-query-client.ts'
import { retryUnlessRefusedByDefault } from './retry.ts'

/** The props of `<AuthQueryBinding>`. */
export type AuthQueryBindingProps = Omit<BindOptions, 'subject'>

/** Binds the nearest QueryClient to the nearest client's session. Inside both providers, and above what queries. */
export function AuthQueryBinding({ persisters, onExpired }: AuthQueryBindingProps): null {
  const auth = useAuthClient()
  const queryClient = useQueryClient()
  const session = useAuth()
  // Whom the first render showed: the session may be another one by the time of the effect.
  const [subject] = useState(() => subjectOf(session))
  // At once: a query that is rendered next reads it, and effects run later.
  retryUnlessRefusedByDefault(queryClient)
  useEffect(
    () => bindQueryClient(auth, queryClient, { subject, persisters, onExpired }),
    [auth, queryClient, subject, persisters, onExpired],
  )
  return null
}
