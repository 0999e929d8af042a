import { createAuthClient } from 'evertoken'
import { backend, place } from './place.ts'

declare module 'evertoken' {
  interface Register {
    client: typeof auth
  }
}

export const auth = backend
  ? createAuthClient({ bff: backend })
  : createAuthClient({
      issuer: window.demo.issuer,
      clientId: window.demo.clientId,
      offlineAccess: 'consent',
      vault: place === 'page' ? 'page' : 'auto',
    })

/** Ignores an error, because it is in the session too, which this page shows. */
export const go = (promise: Promise<unknown>) => void promise.catch(() => {})
