// Pages that use a built package, in Chromium, and a provider for them, each on a port of its own.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { build, preview } from 'vite'
import { findTool } from '../scripts/system-tools.mjs'
import { serveProvider } from './provider.mjs'

/**
 * @typedef {object} App
 * @property {string} root the folder of the page
 * @property {string} page its file
 * @property {{ find: string | RegExp, replacement: string }[]} [alias] where the package is found, if not here
 */

/**
 * @template {string} Name
 * @param {Record<Name, App>} apps
 * @param {{ latency: number }} network milliseconds that each answer of the provider takes
 */
export async function serveApps(apps, { latency }) {
  const outDir = mkdtempSync(join(tmpdir(), 'evertoken-bench-'))
  const provider = await serveProvider({ latency })
  process.env['VITE_ISSUER'] = provider.metadata.issuer
  const common = /** @type {const} */ ({ configFile: false, logLevel: 'error' })
  // Each an app of its own: in one build they would be cut into what they share.
  for (const [name, app] of /** @type {[Name, App][]} */ (Object.entries(apps))) {
    const { root, page, alias = [] } = app
    await build({
      ...common,
      root,
      base: `/${name}/`,
      resolve: { alias },
      build: { outDir: join(outDir, name), rolldownOptions: { input: join(root, page) } },
    })
  }
  const server = await preview({ ...common, build: { outDir }, preview: { port: 0 } })
  const browser = await chromium.launch({
    executablePath: findTool('chromium') ?? '',
    args: ['--no-sandbox', '--disable-background-networking'],
  })
  return {
    provider,
    browser,
    /** @param {Name} name */
    url: (name) => `${server.resolvedUrls?.local[0]}${name}/${apps[name].page}`,
    async close() {
      await browser.close()
      await server.close()
      provider.close()
      rmSync(outDir, { recursive: true, force: true })
    },
  }
}
