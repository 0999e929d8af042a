'use client'
import { SignedIn, SignedOut, useAccessToken, useAuth, useUser } from 'evertoken'
import { auth } from '../auth'

export function Account() {
  const { status, signIn, signOut } = useAuth()
  const token = useAccessToken()
  const user = useUser()
  const settled = status === 'signed-in' || status === 'signed-out'
  return (
    <>
      <SignedOut>
        <button onClick={() => signIn()}>Sign in</button>
      </SignedOut>
      <SignedIn>
        <p>Hello, {user?.sub}</p>
        <button onClick={() => signOut()}>Sign out</button>
      </SignedIn>
      <p id="status">
        {status} {token.status}
      </p>
      {settled && <pre id="diagnostics">{JSON.stringify(auth.diagnostics(), null, 2)}</pre>}
    </>
  )
}
