// The first application of the README, as it stands there, built and used.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startProvider, type StandInProvider } from '../../demo/provider/index.ts'
import { closeContext } from '../browser/harness/browser.ts'
import { loadedAnew } from '../browser/harness/loaded-anew.ts'
import { waitForWorkers } from '../browser/harness/patience.ts'
import { consumer } from './consumer.ts'
import { root } from './pack.ts'
import { serveCommand } from './serve.ts'

const { folder, installExample, command, use } = consumer('first-app', { tool: 'vite' })
const [, app = ''] = /```tsx\n([\s\S]*?)```/.exec(readFileSync(join(root, 'README.md'), 'utf8'))!

let provider: StandInProvider
beforeAll(async () => {
  provider = await startProvider({ autoLogin: 'alice', clients: ['spa'] })
  await installExample('vite')
})
afterAll(() => provider?.close())

test('is a dozen lines, and blank ones between', () => {
  const lines = app.trim().split('\n')
  expect(lines.filter((line) => line !== '').length).toBeLessThanOrEqual(12)
})

test('signs in and out, and says why a sign-in failed', async () => {
  writeFileSync(
    join(folder, 'src/main.tsx'),
    app.replace('https://id.example.com', provider.issuer),
  )
  await command('vite', 'build')
  await use(serveCommand(folder, 'vite', ['preview', '--port', '0']), async (browser, _, url) => {
    const context = await browser.newContext()
    await waitForWorkers(context)
    try {
      const page = await context.newPage()
      const problems: string[] = []
      page.on('pageerror', (error) => problems.push(error.message))
      const signIn = page.getByRole('button', { name: 'Sign in' })
      const signOut = page.getByRole('button', { name: 'Sign out' })
      // Nobody clicks: it goes there and comes back.
      await page.goto(url, { waitUntil: 'commit' })
      await signOut.waitFor()
      // Its way out shows the button already.
      await loadedAnew(page, url, () => signOut.click())
      await signIn.waitFor()

      provider.fail({ endpoint: 'authorization', mode: 'authorization-error', times: 1 })
      await signIn.click()
      await page.getByRole('alert').filter({ hasText: 'server_error' }).waitFor()
      await signIn.click()
      await signOut.waitFor()
      expect(problems).toEqual([])
    } finally {
      await closeContext(context)
    }
  })
})
