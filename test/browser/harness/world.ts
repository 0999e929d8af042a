import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, onTestFinished } from 'vitest'
import {
  startProvider,
  type ProviderOptions,
  type StandInProvider,
} from '../../../demo/provider/index.ts'
import type { AppOptions } from '../../app/options.ts'
import { buildApp } from './app-build.ts'
import { closeContext, launch, type LaunchOptions } from './browser.ts'
import { pageClock } from './clock.ts'
import { waitForWorkers } from './patience.ts'
import { startSite, type Site } from './site.ts'

export interface WorldOptions extends Omit<AppOptions, 'client'> {
  client?: Partial<AppOptions['client']>
  provider?: ProviderOptions
  /** Pages and workers run on a clock that the test can turn; the number is how wrong it is at first, ms. */
  clock?: number
  /** Leaves the page its deadline of two seconds for a silent worker. */
  hurried?: boolean
}

/** Each test has a provider, a site and a browser profile of its own, so nothing is left of the test before. */
export interface World {
  provider: StandInProvider
  site: Site
  context: BrowserContext
  /** A new tab, at a path of the site. */
  tab(path?: string): Promise<Page>
}

/** Registers what runs when the test is over. Concurrent tests must name their own. */
type Cleanup = (end: () => Promise<void>) => void

/** Starts one browser for the test file, and makes worlds in it. */
export function worlds(
  options: LaunchOptions = {},
): (world?: WorldOptions, cleanup?: Cleanup) => Promise<World> {
  let browser: Browser
  beforeAll(async () => {
    browser = await launch(options)
  })
  afterAll(() => browser.close())
  return (world, cleanup = onTestFinished) => createWorld(browser, world ?? {}, cleanup)
}

async function createWorld(
  browser: Browser,
  options: WorldOptions,
  cleanup: Cleanup,
): Promise<World> {
  const { client, provider: providerOptions, clock, hurried = false, ...app } = options
  const [provider, site, context] = await Promise.all([
    startProvider({ autoLogin: 'alice', ...providerOptions }),
    buildApp().then((dir) => startSite({ dir, clock: clock !== undefined })),
    browser.newContext(),
  ])
  cleanup(async () => {
    await closeContext(context)
    await Promise.all([site.close(), provider.close()])
  })
  if (!hurried) await waitForWorkers(context)
  site.options = { ...app, client: { issuer: provider.issuer, clientId: 'spa', ...client } }
  if (clock !== undefined) {
    site.clockOffset = clock
    await context.addInitScript(pageClock(clock))
  }
  return {
    provider,
    site,
    context,
    async tab(path = '/') {
      const page = await context.newPage()
      await page.goto(site.url + path)
      return page
    },
  }
}
