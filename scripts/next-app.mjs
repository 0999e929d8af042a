// An application of Next's app router: every file of it, by name.

/** @param {string} issuer @returns {Record<string, string>} */
export const nextApp = (issuer) => ({
  'next.config.mjs': `export default { reactStrictMode: true, devIndicators: false }\n`,

  'auth.ts': `
import { createAuthClient } from 'evertoken'

let go = (path: string) => location.replace(path)
export const onNavigate = (router: (path: string) => void) => void (go = router)

export const auth = createAuthClient({
  issuer: '${issuer}',
  clientId: 'bench',
  navigate: (path) => go(path),
})
`,

  // Runs before Next reads the URL: it would put back what it has read.
  'instrumentation-client.ts': `
import { auth } from './auth'

auth.start()
`,

  'app/layout.tsx': `
import type { ReactNode } from 'react'
import { Providers } from './providers'

export default function Layout({ children }: { children: ReactNode }) {
  return (
    <html lang="en">
      <head>
        <link rel="icon" href="data:," />
      </head>
      <body>
        <Providers>{children}</Providers>
      </body>
    </html>
  )
}
`,

  'app/providers.tsx': `
'use client'
import { AuthProvider } from 'evertoken'
import { useRouter } from 'next/navigation'
import { useEffect, type ReactNode } from 'react'
import { auth, onNavigate } from '../auth'

export function Providers({ children }: { children: ReactNode }) {
  const router = useRouter()
  useEffect(() => onNavigate((path) => router.replace(path)), [router])
  return <AuthProvider client={auth}>{children}</AuthProvider>
}
`,

  'app/page.tsx': `
import { Account } from './account'

export default function Page() {
  return (
    <main>
      <h1>Home</h1>
      <Account />
    </main>
  )
}
`,

  // A component of the server's with a guard in it: the package says by itself that it is the client's.
  'app/orders/page.tsx': `
import { SignedIn } from 'evertoken'
import { Account } from '../account'

export default function Page() {
  return (
    <main>
      <h1>Orders</h1>
      <SignedIn>
        <p>Three orders.</p>
      </SignedIn>
      <Account />
    </main>
  )
}
`,

  'app/account.tsx': `
'use client'
import { SignedIn, SignedOut, useAccessToken, useAuth } from 'evertoken'
import { auth } from '../auth'

export function Account() {
  const session = useAuth()
  const token = useAccessToken()
  const settled = /^signed/.test(session.status)
  return (
    <>
      <button onClick={() => session.signIn()}>Sign in</button>
      <p id="status">
        {session.status} {token.status}
      </p>
      <SignedIn>
        <b>in</b>
      </SignedIn>
      <SignedOut>
        <i>out</i>
      </SignedOut>
      <pre id="diagnostics">{settled && JSON.stringify(auth.diagnostics())}</pre>
    </>
  )
}
`,
})
