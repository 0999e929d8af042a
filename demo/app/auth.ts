import { createAuthClient } from 'evertoken'
import { backend, place } from './place.ts'

declare module 'evertoken' {
  interface Register {
    client: typeof auth
  }
}

const { issuer, clientId, api, resource } = window.demo

/** Behind a backend that keeps the access token too, calls of the API go through it: the calls themselves are the same. */
const protectedResources =
  api === undefined ? [] : [place === 'proxied' ? { url: api, bff: 'notes' } : api]

export const auth = backend
  ? createAuthClient({ bff: backend, protectedResources })
  : createAuthClient({
      issuer,
      clientId,
      resource,
      protectedResources,
      offlineAccess: 'consent',
      vault: place === 'page' ? 'page' : 'auto',
    })

/** Ignores an error, because it is in the session too, which this page shows. */
export const go = (promise: Promise<unknown>) => void promise.catch(() => {})
