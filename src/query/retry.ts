import type { QueryClient } from '@tanstack/react-query'
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

/** An application's own rule is left as it is. */
export function retryUnlessRefusedByDefault(queryClient: QueryClient): void {
  const defaults = queryClient.getDefaultOptions()
  if (defaults.queries?.retry !== undefined) return
  queryClient.setDefaultOptions({
    ...defaults,
    queries: { ...defaults.queries, retry: retryUnlessRefused() },
  })
}

function isRefusal(error: unknown): boolean {
  if (error instanceof AuthError) return !error.recoverable
  return error instanceof ResponseError && (error.status === 401 || error.status === 403)
}
