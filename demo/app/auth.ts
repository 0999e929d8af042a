import { createAuthClient } from 'evertoken'

declare global {
  interface Window {
    /** Where the provider is, as the demo's server says. */
    demo: { issuer: string; clientId: string; control: boolean }
  }
}

declare module 'evertoken' {
  interface Register {
    client: typeof auth
  }
}

/** Which vault to show: kept for all tabs, so that a reload and a second tab show the same. */
const VAULT = 'demo.vault'
export const vault = localStorage.getItem(VAULT) === 'page' ? 'page' : 'auto'

/** The other vault, after a reload. */
export function switchVault(): void {
  localStorage.setItem(VAULT, vault === 'page' ? 'auto' : 'page')
  location.reload()
}

export const auth = createAuthClient({
  issuer: window.demo.issuer,
  clientId: window.demo.clientId,
  offlineAccess: 'consent',
  vault,
})

/** Whatever goes wrong is in the session, and this page shows the session. */
export const go = (promise: Promise<unknown>) => void promise.catch(() => {})
