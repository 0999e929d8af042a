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

/** Which vault to show: kept for the tab, so that a reload shows the same. */
export const vault = sessionStorage.getItem('demo.vault') === 'page' ? 'page' : 'auto'

export const auth = createAuthClient({
  issuer: window.demo.issuer,
  clientId: window.demo.clientId,
  offlineAccess: 'consent',
  vault,
})
