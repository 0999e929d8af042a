/**
 * For what a component begins: a refusal is in the session already, and no unhandled rejection. A caller's mistake
 * (TypeError) is one, so that it is on the console. By name, for an application may hold two copies of this package.
 */
export function ignoreAuthError(error: unknown): void {
  if (!(error instanceof Error && error.name === 'AuthError')) throw error
}
