import type { AuthClient } from '../core.ts'
import { useAuthContext, type ResourceIndicator, type User } from './auth-context.ts'

/** The client of the nearest `<AuthProvider>`. @throws Error where there is none */
export function useAuthClient(): AuthClient<User, ResourceIndicator> {
  return useAuthContext(undefined).client
}
