import { createContext, useContext } from 'react'
import type { AuthClient, Session, UserClaims } from '../core.ts'

/** Fill this in once, and every hook knows your user and your resources: `interface Register { client: typeof auth }`. */
export interface Register {}

/** The user's type: `userSchema`'s output of the registered client, or the ID token's claims. */
export type User = Register extends { client: AuthClient<infer Registered> }
  ? Registered
  : UserClaims

/** Whose access tokens hooks may be asked for: what the registered client's `protectedResources` name, or any. */
export type ResourceIndicator = Register extends {
  client: AuthClient<unknown, infer Registered>
}
  ? Registered
  : string

export interface AuthContextValue {
  client: AuthClient<User>
  initialSession?: Session<User> | undefined
}

export const AuthContext = createContext<AuthContextValue | undefined>(undefined)

/** For pages with several clients: which one this hook means. Default: the nearest provider's. */
export interface ClientOption<Resource extends string = string> {
  client?: AuthClient<User, Resource>
}

export function useAuthContext(client: AuthClient<User> | undefined): AuthContextValue {
  const context = useContext(AuthContext)
  if (client && client !== context?.client) return { client }
  if (!context) {
    throw new Error('No <AuthProvider client={auth}> is above: add it, or pass { client }.')
  }
  return context
}
