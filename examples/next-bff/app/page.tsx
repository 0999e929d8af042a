'use client'
import { useAuth, useUser } from 'evertoken'

export default function Page() {
  const { status, signIn, signOut } = useAuth()
  const user = useUser()
  return (
    <main>
      <p id="status">
        {status} {user ? String(user['name']) : ''}
      </p>
      {status === 'signed-in' ? (
        <button onClick={signOut}>Sign out</button>
      ) : (
        <button onClick={signIn}>Sign in</button>
      )}
    </main>
  )
}
