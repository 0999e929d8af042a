import { afterAll, beforeAll, onTestFinished } from 'vitest'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { startProvider, type StandInProvider } from '../../../demo/provider/index.ts'
import type { ProviderOptions } from '../../../demo/provider/provider.ts'
import { createBff, type Bff } from '../../../src/bff/create-bff.ts'
import { toNodeHandler } from '../../../src/bff/node/to-node-handler.ts'
import type { BffOptions } from '../../../src/bff/options.ts'
import { createMemoryStore } from '../../../src/bff/sessions/memory-store.ts'
import type { AppOptions } from '../../app/options.ts'
import { KEY_ONE } from '../../bff/setup.ts'
import { buildApp } from './app-build.ts'
import { closeContext, launch, type LaunchOptions } from './browser.ts'
import { startSite, type Site } from './site.ts'

export interface BffWorldOptions extends Omit<AppOptions, 'client' | 'bff'> {
  bff?: Partial<BffOptions>
  provider?: ProviderOptions
}

/** A provider, a site whose server has the backend's handler, and a browser profile of its own. */
export interface BffWorld {
  provider: StandInProvider
  site: Site
  bff: Bff
  context: BrowserContext
  tab(path?: string): Promise<Page>
}

/** Starts one browser for the test file, and makes worlds in it. */
export function bffWorlds(options: LaunchOptions): (world?: BffWorldOptions) => Promise<BffWorld> {
  let browser: Browser
  beforeAll(async () => {
    browser = await launch(options)
  })
  afterAll(() => browser.close())
  return (world = {}) => createBffWorld(browser, world)
}

async function createBffWorld(
  browser: Browser,
  { bff: bffOptions, provider: providerOptions, ...app }: BffWorldOptions,
): Promise<BffWorld> {
  const [provider, site, context] = await Promise.all([
    startProvider({ autoLogin: 'alice', ...providerOptions }),
    buildApp().then((dir) => startSite({ dir, clock: false })),
    browser.newContext(),
  ])
  const bff = createBff({
    issuer: provider.issuer,
    clientId: 'spa',
    clientAuthentication: { method: 'none' },
    baseUrl: site.url,
    keys: [KEY_ONE],
    store: createMemoryStore(),
    mediated: [{}],
    ...bffOptions,
  })
  onTestFinished(async () => {
    await closeContext(context)
    await bff.close()
    await Promise.all([site.close(), provider.close()])
  })
  site.backend = toNodeHandler(bff)
  site.options = { ...site.options, ...app, bff: { bff: '/bff' } }
  return {
    ...{ provider, site, bff, context },
    async tab(path = '/') {
      const page = await context.newPage()
      await page.goto(site.url + path)
      return page
    },
  }
}
