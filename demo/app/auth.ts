import { createAuthClient } from 'evertoken'

declare global {
  interface Window {
    /** The provider's issuer, which the demo's server wrote into the page. */
    demo: { issuer: string; clientId: string; control: boolean }
  }
}

declare module 'evertoken' {
  interface Register {
    client: typeof auth
  }
}

/** The vault to show, kept for all tabs, so that a reload and a second tab show the same. */
const VAULT = 'demo.vault'
export const vault = localStorage.getItem(VAULT) === 'page' ? 'page' : 'auto'

/** Switches to the other vault, with a reload. */
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

/** Ignores an error, because it is in the session too, which this page shows. */
export const go = (promise: Promise<unknown>) => void promise.catch(() => {})
