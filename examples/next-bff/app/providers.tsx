'use client'
import { AuthProvider, createAuthClient, type AuthProviderProps } from 'evertoken'

const auth = createAuthClient({ bff: '/bff' })

export function Providers(props: Omit<AuthProviderProps, 'client'>) {
  return <AuthProvider client={auth} {...props} />
}
