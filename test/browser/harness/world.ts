import type { BrowserContext } from 'playwright-core'
import { afterAll, beforeAll, onTestFinished } from 'vitest'
import {
  startProvider,
  type ProviderOptions,
  type StandInProvider,
} from '../../../demo/provider/index.ts'
import type { AppOptions } from '../../app/options.ts'
import { buildApp } from './app-build.ts'
import { closeContext, launch, type EngineOptions, type LaunchOptions } from './browser.ts'
import { pageClock } from './clock.ts'
import type { Engine, Profile, TabOf } from './engine.ts'
import { patience } from './patience.ts'
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
export interface World<P extends Profile = BrowserContext> {
  provider: StandInProvider
  site: Site
  context: P
  /** A new tab, at a path of the site. */
  tab(path?: string): Promise<TabOf<P>>
}

/** Registers what runs when the test is over. Concurrent tests must name their own. */
type Cleanup = (end: () => Promise<void>) => void

type Make<P extends Profile> = (world?: WorldOptions, cleanup?: Cleanup) => Promise<World<P>>

/** Starts one browser for the test file, and makes worlds in it. */
export function worlds(options?: LaunchOptions): Make<BrowserContext>
export function worlds(options: EngineOptions): Make<Profile>
export function worlds(options: LaunchOptions | EngineOptions = {}): Make<Profile> {
  let browser: Engine
  beforeAll(async () => {
    browser = await launch(options)
  })
  afterAll(() => browser.close())
  return (world, cleanup = onTestFinished) => createWorld(browser, world ?? {}, cleanup)
}

async function createWorld(
  browser: Engine,
  options: WorldOptions,
  cleanup: Cleanup,
): Promise<World<Profile>> {
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
  if (!hurried) site.firstScripts.push(patience)
  site.options = { ...app, client: { issuer: provider.issuer, clientId: 'spa', ...client } }
  if (clock !== undefined) {
    site.clockOffset = clock
    site.firstScripts.push(pageClock(clock))
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
