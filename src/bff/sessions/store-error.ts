import { AuthError } from '../../errors.ts'

export function isStoreAway(error: unknown): boolean {
  return error instanceof AuthError && error.code === 'store_unavailable'
}

/** What a session store that failed says: a failure is never the answer that there is no session. */
export function storeUnavailableError(what: string, cause?: unknown): AuthError {
  const reason = cause instanceof Error ? `: ${cause.message}` : ''
  return new AuthError('store_unavailable', {
    message: `The session store failed at ${what}${reason}`,
    cause,
  })
}
