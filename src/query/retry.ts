import { AuthError } from '../core.ts'
import { ResponseError } from './response-error.ts'

/** As often as TanStack Query does by default. */
const RETRIES = 3

/**
 * Retries what may pass, and nothing that only a sign-in changes.
 * @example useQuery({ …, retry: retryUnlessRefused(5) })
 */
export function retryUnlessRefused(retries = RETRIES): (count: number, error: unknown) => boolean {
  return (count, error) => count < retries && !isRefusal(error)
}

function isRefusal(error: unknown): boolean {
  if (error instanceof AuthError) return !error.recoverable
  return error instanceof ResponseError && (error.status === 401 || error.status === 403)
}
