import { useAuth } from 'evertoken'
import { auth } from './auth.ts'

/** What the client knows of itself: which vault holds the refresh token, and why not another. */
export function Diagnostics() {
  const { status } = useAuth()
  if (status !== 'signed-in' && status !== 'signed-out') return null
  return <pre id="diagnostics">{JSON.stringify(auth.diagnostics(), null, 2)}</pre>
}
