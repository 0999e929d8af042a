// The packed files as they are, from a server that knows nothing, found by an import map.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { closeContext } from '../browser/harness/browser.ts'
import { waitForWorkers } from '../browser/harness/patience.ts'
import { consumer } from './consumer.ts'
import { serveFolder } from './serve.ts'
import { tried } from './tried.ts'

const { folder, install, use } = consumer('import-map')

/** Everything the package imports by name, outside React. */
const imports = {
  'evertoken/core': '/node_modules/evertoken/dist/core.js',
  oauth4webapi: '/node_modules/oauth4webapi/build/index.js',
  'jose/base64url': '/node_modules/jose/dist/webapi/util/base64url.js',
  'jose/jws/compact/verify': '/node_modules/jose/dist/webapi/jws/compact/verify.js',
}

const page = (issuer: string, options: object): string => `<!doctype html>
<link rel="icon" href="data:,">
<script type="importmap">${JSON.stringify({ imports })}</script>
<script type="module">
  import { createAuthClient } from 'evertoken/core'
  const auth = createAuthClient(${JSON.stringify({ issuer, clientId: 'bench', ...options })})
  auth.start()
  await auth.whenSettled()
  document.querySelector('button').onclick = () => auth.signIn()
  document.querySelector('output').textContent =
    auth.getSession().status + ' ' + auth.diagnostics().vault
</script>
<button>Sign in</button><output></output>`

beforeAll(() => install({}))

test.each([
  ['the worker holds the refresh token', {}, 'worker'],
  ['with vault: "page" the protocol comes from the map too', { vault: 'page' }, 'page'],
])('T4 import map, no bundler: %s', async (_, options, vault) => {
  await use(serveFolder(folder), async (browser, provider, url) => {
    writeFileSync(join(folder, 'index.html'), page(provider.metadata.issuer, options))
    const context = await browser.newContext()
    await waitForWorkers(context)
    try {
      const tab = await context.newPage()
      const problems: string[] = []
      tab.on('pageerror', (error) => problems.push(error.message))
      await tab.goto(url)
      await tab.getByText(`signed-out ${vault}`).waitFor()
      await tab.getByRole('button').click()
      await tab.getByText(`signed-in ${vault}`).waitFor()
      expect(problems).toEqual([])
      tried('no tool', `chromium ${browser.version()}`)
    } finally {
      await closeContext(context)
    }
  })
})
