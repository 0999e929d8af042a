import type { AuthClient } from '../core.ts'
import { useAuthContext, type User } from './auth-context.ts'

/** The client of the nearest `<AuthProvider>`. @throws Error where there is none */
export function useAuthClient(): AuthClient<User> {
  return useAuthContext(undefined).client
}
