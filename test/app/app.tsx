import {
  AuthProvider,
  RequireSession,
  SignedIn,
  SignedOut,
  useAccessToken,
  useAuth,
  useUser,
  type AuthClient,
  type UserClaims,
} from 'evertoken'
import { useEffect, useLayoutEffect, useState } from 'react'
import { SessionEnd } from '../../examples/vite/src/session-end.tsx'
import type { AppOptions } from './options.ts'

interface AppProps {
  client: AuthClient<UserClaims>
  options: AppOptions
  log: () => () => void
}

/** Counted in a layout effect: a profiler misses what context drives. */
function useRenderCount(name: string) {
  useLayoutEffect(() => {
    window.renders[name] = (window.renders[name] ?? 0) + 1
  })
}

export function App({ client, options, log }: AppProps) {
  const watching = options.watch || new URLSearchParams(location.search).has('watch')
  const page = (
    <>
      <FirstChild log={log} />
      <Status />
      <Name />
      <Guarded />
      {watching && <Token />}
      {options.warns && <SessionEnd />}
      {options.required && (
        <RequireSession fallback={<p data-testid="waiting">One moment</p>}>
          <p data-testid="required">Members only</p>
        </RequireSession>
      )}
    </>
  )
  return (
    <>
      <AuthProvider client={client}>{page}</AuthProvider>
      {options.twice && (
        <AuthProvider client={client}>
          <Status again />
        </AuthProvider>
      )}
    </>
  )
}

function FirstChild({ log }: Pick<AppProps, 'log'>) {
  useState(() => window.firstSeenUrls.push(location.href))
  useEffect(() => log(), [log])
  return null
}

function Status({ again = false }: { again?: boolean }) {
  useRenderCount(again ? 'status again' : 'status')
  const session = useAuth()
  const { signIn, signOut } = session
  return (
    <header>
      <span data-testid={again ? 'status-again' : 'status'}>{session.status}</span>
      <span data-testid="reason">{'reason' in session ? session.reason : ''}</span>
      <span data-testid="error">{session.status === 'error' ? session.error.code : ''}</span>
      <button data-testid="sign-in" onClick={() => void signIn().catch(() => {})}>
        Sign in
      </button>
      <button data-testid="sign-out" onClick={() => void signOut().catch(() => {})}>
        Sign out
      </button>
    </header>
  )
}

function Name() {
  useRenderCount('user')
  return <p data-testid="user">{String(useUser()?.['name'] ?? '')}</p>
}

function Guarded() {
  const name = String(useUser()?.['name'] ?? '')
  return (
    <>
      <SignedIn>
        <p data-testid="protected">Confidential, for {name}</p>
        <label>
          Draft <input data-testid="draft" />
        </label>
      </SignedIn>
      <SignedOut>
        <p data-testid="public">Please sign in</p>
      </SignedOut>
    </>
  )
}

function Token() {
  useRenderCount('token')
  const token = useAccessToken()
  return <p data-testid="token">{token.status}</p>
}
