import { AuthError } from '../../errors.ts'

/** What a session store that failed says: a failure is never the answer that there is no session. */
export function storeUnavailableError(what: string, cause?: unknown): AuthError {
  const reason = cause instanceof Error ? `: ${cause.message}` : ''
  return new AuthError('store_unavailable', {
    message: `The session store failed at ${what}${reason}`,
    cause,
  })
}
