import { useEffect, useMemo, type ReactNode } from 'react'
import type { AuthClient, Session } from '../core.ts'
import { AuthContext, type AuthContextValue, type User } from './auth-context.ts'

/** The props of `<AuthProvider>`. */
export interface AuthProviderProps {
  /** What `createAuthClient()` made, once, outside of components. */
  client: AuthClient<User>
  /** What the server knew: shown until the client knows better. */
  initialSession?: Session<User>
  children?: ReactNode
}

/** Starts the client and hands it down. Renders its children once: sessions are read where they are needed. */
export function AuthProvider({ client, initialSession, children }: AuthProviderProps): ReactNode {
  if (!client?.getSession) {
    throw new TypeError('<AuthProvider>: `client` must be what createAuthClient() made.')
  }
  // First use: an authorization response leaves the address bar before any child renders (RFC 9700 §4.2.4), and what
  // a child's first effect asks for is for the user whom the server's page shows.
  if (initialSession) client.hydrate(initialSession)
  else client.getSession()
  useEffect(() => {
    client.start()
    return () => client.stop()
  }, [client])
  const value = useMemo<AuthContextValue>(
    () => ({ client, initialSession }),
    [client, initialSession],
  )
  return <AuthContext.Provider value={value}>{children}</AuthContext.Provider>
}
