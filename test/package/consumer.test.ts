// The package as somebody else's application meets it: installed from the tarball into a fresh Vite app, built and
// served, and opened in a browser.
import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { serveProvider } from '../../bench/provider.mjs'
import { launchChromium } from './browser.ts'
import { pack, root, run, scratch } from './pack.ts'

const { folder, remove } = scratch('consumer')
const app = join(folder, 'app')
let provider: Awaited<ReturnType<typeof serveProvider>>
let browser: Browser

const versionOf = (name: string): string =>
  (
    JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')) as {
      version: string
    }
  ).version

const main = (issuer: string): string => `
import { createRoot } from 'react-dom/client'
import { AuthProvider, createAuthClient, useAccessToken, useAuth } from 'evertoken'

const auth = createAuthClient({ issuer: '${issuer}', clientId: 'bench' })

function App() {
  const session = useAuth()
  const token = useAccessToken()
  return (
    <main>
      <button onClick={() => session.signIn()}>Sign in</button>
      <p id="status">{session.status} {token.status}</p>
      <pre id="vault">{session.status === 'signed-in' && JSON.stringify(auth.diagnostics())}</pre>
    </main>
  )
}

createRoot(document.getElementById('root')!).render(
  <AuthProvider client={auth}><App /></AuthProvider>,
)
`

beforeAll(async () => {
  provider = await serveProvider()
  browser = await launchChromium()
  const { tarball } = await pack(folder)
  await run('mkdir', [app])
  writeFileSync(
    join(app, 'package.json'),
    JSON.stringify({
      private: true,
      type: 'module',
      dependencies: {
        evertoken: `file:${tarball}`,
        react: versionOf('react'),
        'react-dom': versionOf('react-dom'),
      },
      devDependencies: {
        '@vitejs/plugin-react': versionOf('@vitejs/plugin-react'),
        vite: versionOf('vite'),
      },
    }),
  )
  writeFileSync(
    join(app, 'vite.config.js'),
    `import react from '@vitejs/plugin-react'\nexport default { plugins: [react()] }\n`,
  )
  writeFileSync(
    join(app, 'index.html'),
    '<div id="root"></div><script type="module" src="/main.tsx"></script>',
  )
  writeFileSync(join(app, 'main.tsx'), main(provider.metadata.issuer))
  // Everything but the tarball is in npm's cache since this repository was installed.
  const install = await run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund'], {
    cwd: app,
  })
  if (!install.ok) throw new Error(install.output)
  const built = await run(join(app, 'node_modules/.bin/vite'), ['build'], {
    cwd: app,
    env: { NODE_ENV: 'production' },
  })
  if (!built.ok) throw new Error(built.output)
})

afterAll(async () => {
  await browser?.close()
  provider?.close()
  remove()
})

/** Starts Vite in the app and answers with the URL that it prints. */
function serve(args: string[]): Promise<{ url: string; stop: () => void }> {
  return new Promise((resolve, reject) => {
    // Not the test runner's NODE_ENV: people start Vite with none.
    const { NODE_ENV: _, ...env } = process.env
    const vite = spawn(join(app, 'node_modules/.bin/vite'), args, { cwd: app, env })
    let output = ''
    const read = (data: Buffer): void => {
      output += data.toString()
      // eslint-disable-next-line no-control-regex -- Vite colours the port
      const url = /http:\/\/localhost:\d+\//.exec(output.replaceAll(/\u001b\[\d+m/g, ''))?.[0]
      if (url) resolve({ url, stop: () => vite.kill() })
    }
    vite.stdout.on('data', read)
    vite.stderr.on('data', read)
    vite.on('close', () => reject(new Error(output)))
  })
}

test.each([
  ['vite build, vite preview', ['preview', '--port', '0']],
  ['vite dev', ['--port', '0', '--force']],
])('%s: signs in, and the worker holds the refresh token', async (_, args) => {
  const { url, stop } = await serve(args)
  const context = await browser.newContext()
  try {
    const page = await context.newPage()
    const problems: string[] = []
    page.on('pageerror', (error) => problems.push(error.message))
    await page.goto(url)
    await page.getByText('signed-out').waitFor()
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText('signed-in ready').waitFor()
    expect(JSON.parse(await page.locator('#vault').innerText())).toMatchObject({ vault: 'worker' })
    expect(new URL(page.url()).search).toBe('')

    const before = provider.requests.length
    await page.reload()
    await page.getByText('signed-in ready').waitFor()
    expect(JSON.parse(await page.locator('#vault').innerText())).toMatchObject({ vault: 'worker' })
    expect(provider.requests.slice(before)).toEqual([])
    expect(problems).toEqual([])
  } finally {
    await context.close()
    stop()
  }
})
