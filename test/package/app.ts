// An application as the README shows it, for whichever bundler.
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const source = (issuer: string, options: object): string => `
import { createRoot } from 'react-dom/client'
import { AuthProvider, createAuthClient, useAccessToken, useAuth } from 'evertoken'

const auth = createAuthClient({
  issuer: '${issuer}',
  clientId: 'bench',
  ...${JSON.stringify(options)},
})

function App() {
  const session = useAuth()
  const token = useAccessToken()
  return (
    <main>
      <button onClick={() => session.signIn()}>Sign in</button>
      <p id="status">{session.status} {token.status}</p>
      <pre id="diagnostics">
        {/^signed/.test(session.status) && JSON.stringify(auth.diagnostics())}
      </pre>
    </main>
  )
}

createRoot(document.getElementById('root')!).render(
  <AuthProvider client={auth}>
    <App />
  </AuthProvider>,
)
`

export const scripts = {
  sources: '<script type="module" src="/main.tsx"></script>',
  module: '<script type="module" src="/main.js"></script>',
  classic: '<script defer src="/main.js"></script>',
}

export interface AppOptions {
  issuer: string
  script: keyof typeof scripts
  /** Of the client. */
  options?: object
  /** Further files, by name. */
  files?: Record<string, string>
}

/** The page, also in dist/ for bundlers that only write scripts; main.tsx; and the bundler's own files. */
export function writeApp(
  folder: string,
  { issuer, script, options = {}, files = {} }: AppOptions,
): void {
  const head = '<!doctype html><title>app</title><link rel="icon" href="data:,">'
  writeFileSync(join(folder, 'index.html'), `${head}<div id="root"></div>${scripts[script]}`)
  writeFileSync(join(folder, 'main.tsx'), source(issuer, options))
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text)
  mkdirSync(join(folder, 'dist'), { recursive: true })
  cpSync(join(folder, 'index.html'), join(folder, 'dist/index.html'))
}
