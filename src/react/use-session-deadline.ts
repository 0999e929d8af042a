import { useEffect, useState } from 'react'
import type { DeadlineOptions, SessionDeadline } from '../core.ts'
import { useAuthContext, type ClientOption } from './auth-context.ts'

const UNKNOWN: SessionDeadline = { status: 'unknown' }

/**
 * A warning before the session ends, where provider or backend say when that is. Renders as the warning begins and ends,
 * and each second between, and not for a refresh.
 * @example const end = useSessionDeadline(); if (end.status === 'ending') return <Warning {...end} />
 */
export function useSessionDeadline({
  client: given,
  warnBefore,
}: DeadlineOptions & ClientOption = {}): SessionDeadline {
  const { client } = useAuthContext(given)
  const [deadline, setDeadline] = useState(UNKNOWN)
  useEffect(() => {
    const end = client.watchSessionDeadline(setDeadline, { warnBefore })
    return () => {
      end()
      setDeadline(UNKNOWN)
    }
  }, [client, warnBefore])
  return deadline
}
