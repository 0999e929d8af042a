import { SignedIn, SignedOut, useAccessToken, useAuth, useUser } from 'evertoken'
import { Diagnostics } from './diagnostics.tsx'
import { SessionEnd } from './session-end.tsx'

export function App() {
  const { status, signIn, signOut } = useAuth()
  const token = useAccessToken()
  const user = useUser()
  return (
    <main>
      <SignedOut>
        <button onClick={() => signIn()}>Sign in</button>
      </SignedOut>
      <SignedIn>
        <p>Hello, {user?.sub}</p>
        <button onClick={() => signOut()}>Sign out</button>
      </SignedIn>
      <p>
        Session and token: {status} {token.status}
      </p>
      <Diagnostics />
      <SessionEnd />
    </main>
  )
}
