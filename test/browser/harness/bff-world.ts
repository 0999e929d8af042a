import { afterAll, beforeAll, onTestFinished } from 'vitest'
import type { BrowserContext } from 'playwright-core'
import { startProvider, type StandInProvider } from '../../../demo/provider/index.ts'
import type { ProviderOptions } from '../../../demo/provider/provider.ts'
import { createBff, type Bff } from '../../../src/bff/create-bff.ts'
import { toNodeHandler } from '../../../src/bff/node/to-node-handler.ts'
import type { BffOptions } from '../../../src/bff/options.ts'
import { createMemoryStore } from '../../../src/bff/sessions/memory-store.ts'
import type { AppOptions } from '../../app/options.ts'
import { KEY_ONE } from '../../bff/setup.ts'
import { buildApp } from './app-build.ts'
import { closeContext, launch, type EngineOptions, type LaunchOptions } from './browser.ts'
import type { Engine, Profile, TabOf } from './engine.ts'
import { startSite, type Site } from './site.ts'

export interface BffWorldOptions extends Omit<AppOptions, 'client' | 'bff'> {
  bff?: Partial<BffOptions>
  provider?: ProviderOptions
}

/** A provider, a site whose server has the backend's handler, and a browser profile of its own. */
export interface BffWorld<P extends Profile = BrowserContext> {
  provider: StandInProvider
  site: Site
  bff: Bff
  context: P
  tab(path?: string): Promise<TabOf<P>>
}

type Make<P extends Profile> = (world?: BffWorldOptions) => Promise<BffWorld<P>>

/** Starts one browser for the test file, and makes worlds in it. */
export function bffWorlds(options: LaunchOptions): Make<BrowserContext>
export function bffWorlds(options: EngineOptions): Make<Profile>
export function bffWorlds(options: LaunchOptions | EngineOptions): Make<Profile> {
  let browser: Engine
  beforeAll(async () => {
    browser = await launch(options)
  })
  afterAll(() => browser.close())
  return (world = {}) => createBffWorld(browser, world)
}

async function createBffWorld(
  browser: Engine,
  { bff: bffOptions, provider: providerOptions, ...app }: BffWorldOptions,
): Promise<BffWorld<Profile>> {
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
