import { createAuthClient } from 'evertoken'

let go = (path: string) => location.replace(path)
export const onNavigate = (router: (path: string) => void) => void (go = router)

export const auth = createAuthClient({
  // Next puts the values in their place. One that is not set is refused by name.
  issuer: process.env.NEXT_PUBLIC_ISSUER ?? '',
  clientId: process.env.NEXT_PUBLIC_CLIENT_ID ?? '',
  navigate: (path) => go(path),
})
