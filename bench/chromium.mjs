// In Chromium, over HTTP: from the start of a navigation until there is a token. Reload is where evertoken's vault still
// has one and the bare client must ask for one.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { build, preview } from 'vite'
import { findTool } from '../scripts/system-tools.mjs'
import { inTurn } from './measure.mjs'
import { serveProvider } from './provider.mjs'

const root = fileURLToPath(new URL('app', import.meta.url))

/** @param {{ latency: number }} network milliseconds that each answer of the provider takes */
export async function benchChromium({ latency }) {
  const outDir = mkdtempSync(join(tmpdir(), 'evertoken-bench-'))
  const provider = await serveProvider({ latency })
  process.env['VITE_ISSUER'] = provider.metadata.issuer
  const common = /** @type {const} */ ({ root, configFile: false, logLevel: 'error' })
  // Each an app of its own: in one build they would be cut into what they share.
  for (const input of [join(root, 'evertoken.html'), join(root, 'bare.html')]) {
    await build({ ...common, build: { outDir, emptyOutDir: false, rolldownOptions: { input } } })
  }
  const server = await preview({ ...common, build: { outDir }, preview: { port: 0 } })
  const origin = server.resolvedUrls?.local[0]
  const browser = await chromium.launch({
    executablePath: findTool('chromium') ?? '',
    args: ['--no-sandbox', '--disable-background-networking'],
  })
  try {
    /** @param {string} name */
    const signIn = async (name) => {
      const context = await browser.newContext()
      const page = await context.newPage()
      const measured = async () => {
        const handle = await page.waitForFunction('window.measured')
        return /** @type {{ at: number, holder: string }} */ (await handle.jsonValue())
      }
      await page.goto(`${origin}${name}.html`)
      await page.waitForFunction('window.signIn')
      await page.evaluate('void window.signIn()')
      return { context, page, measured, ...(await measured()) }
    }
    /** @param {string} name */
    const callback = async (name) => {
      const { at, context } = await signIn(name)
      await context.close()
      return at
    }
    /** @param {string} name */
    const reloading = async (name) => {
      const { page, measured, holder } = await signIn(name)
      const asked = { requests: 0 }
      const reload = async () => {
        const before = provider.requests.length
        await page.reload()
        const { at } = await measured()
        asked.requests += provider.requests.length - before
        return at
      }
      return { holder, asked, reload }
    }
    const callbacks = await inTurn(15, {
      evertoken: () => callback('evertoken'),
      bare: () => callback('bare'),
    })
    const evertoken = await reloading('evertoken')
    const bare = await reloading('bare')
    const reload = await inTurn(30, { evertoken: evertoken.reload, bare: bare.reload })
    return {
      callback: callbacks,
      reload,
      holder: evertoken.holder,
      requests: { evertoken: evertoken.asked.requests, bare: bare.asked.requests },
    }
  } finally {
    await browser.close()
    await server.close()
    provider.close()
    rmSync(outDir, { recursive: true, force: true })
  }
}
