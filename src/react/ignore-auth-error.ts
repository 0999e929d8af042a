import { AuthError } from '../core.ts'

/**
 * For what a component begins: a refusal is in the session already, and no unhandled rejection. A caller's mistake
 * (TypeError) is one, so that it is on the console.
 */
export function ignoreAuthError(error: unknown): void {
  if (!(error instanceof AuthError)) throw error
}
