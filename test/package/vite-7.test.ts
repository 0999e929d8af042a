// Vite 5 to 7 bundle dependencies for development with esbuild, which knows no workers. One of them stands for all
// three here; test/tools/ tries each.
import { beforeAll, expect, test } from 'vitest'
import { consumer } from './consumer.ts'
import { serveCommand } from './serve.ts'
import { installUnderVite } from './vite-app.ts'

const application = consumer('vite-7', { tool: 'vite' })
const { folder, use, visit } = application
let configure: Awaited<ReturnType<typeof installUnderVite>>

beforeAll(async () => {
  configure = await installUnderVite(application, '7.3.8')
})

const served = () => serveCommand(folder, 'vite', ['--port', '0', '--force'])
const elsewhere = `cacheDir: '.cache'`
const lines = `optimizeDeps: { exclude: ['evertoken'], include: ['react/jsx-runtime'] }`

test('T1 Vite 7, development: the worker holds the refresh token', async () => {
  configure()
  await visit(served(), { vault: 'worker' })
})

test('T1 Vite 7, development, bundled dependencies outside node_modules: a warning names the lines that help', async () => {
  configure(elsewhere)
  await use(served(), async (browser, _, url) => {
    const page = await browser.newPage()
    // A development server compiles what is asked for, and a machine may be busy.
    page.setDefaultTimeout(120_000)
    const warning = page.waitForEvent('console', (message) => message.type() === 'warning')
    await page.goto(url)
    expect((await warning).text()).toContain(lines)
    await page.close()
  })
})

test('T1 Vite 7, development, with those lines: the worker holds the refresh token', async () => {
  configure(`${elsewhere}, ${lines}`)
  await visit(served(), { vault: 'worker' })
})
