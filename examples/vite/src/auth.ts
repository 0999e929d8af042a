import { createAuthClient } from 'evertoken'

export const auth = createAuthClient({
  issuer: import.meta.env.VITE_ISSUER,
  clientId: import.meta.env.VITE_CLIENT_ID,
})
