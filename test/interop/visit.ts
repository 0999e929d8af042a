import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, onTestFinished } from 'vitest'
import { closeContext, launch } from '../browser/harness/browser.ts'
import { until, waitForStatus } from '../browser/harness/tab.ts'
import type { AppOptions } from '../app/options.ts'
import { people, type Person, type Rig, type Step } from './rig.ts'
import type { Stage } from './stage.ts'
import { walk } from './walk.ts'

/** Providers of one process in slow languages, on a machine that has other work. */
export const PATIENCE_MS = 60_000

export type Engine = 'chromium' | 'firefox'

export interface Ended {
  status: string
  reason?: string
  error?: { code: string }
  signInError?: { code: string }
  user?: { name?: string; email?: string }
}

/** One engine at one provider: what the steps of the journey are told with. */
export interface Visit {
  rig: Rig
  stage: Stage
  known: Record<Person, { name: string; email: string }>
  /** Says what was seen, for the table in docs/providers.md. */
  seen(step: string, words?: string): void
  /** A browser profile of its own, so that nothing is left of the test before. */
  world(client?: Partial<AppOptions['client']>, app?: Partial<AppOptions>): Promise<World>
  /** Begins a sign-in, and does what the provider's pages ask for, until it is back in the application. */
  through(page: Page, steps: Step[], options?: object, person?: Person): Promise<void>
  signedIn(page: Page, person?: Person, options?: object): Promise<void>
  /** Here and at the provider, by whatever way it has. */
  signOut(page: Page): Promise<void>
  /** A person at a page that leads nowhere presses Back. */
  back(page: Page): Promise<void>
}

export interface World {
  page: Page
  tab(): Promise<Page>
}

export function createVisit(rig: Rig, stage: Stage, engine: Engine): Visit {
  let browser: Browser
  beforeAll(async () => {
    browser = await launch({ engine })
    console.log(
      `provider: ${rig.name} | ${rig.version()} | ${rig.language} | ${engine} ${browser.version()}`,
    )
  })
  afterAll(async () => await browser?.close())

  const through: Visit['through'] = (page, steps, options = {}, person = 'alice') =>
    walk(page, () => begin(page, options), { app: stage.site.url, steps, person })

  return {
    ...{ rig, stage, through },
    known: rig.people ?? people,
    seen: (step, words = 'yes') =>
      console.log(`seen: ${rig.name} | ${engine} | ${step} | ${words}`),
    async world(client = {}, app = {}) {
      const { front, issuer, site } = stage
      front.recover()
      site.options = { ...app, client: { issuer, clientId: 'spa', ...rig.client, ...client } }
      const context = await browser.newContext()
      onTestFinished(async () => await closeContext(context))
      const tab = async () => {
        const page = await context.newPage()
        await page.goto(`${site.url}/`)
        return page
      }
      return { tab, page: await tab() }
    },
    async signedIn(page, person = 'alice', options = {}) {
      await through(page, rig.signIn, options, person)
      await waitForStatus(page, 'signed-in', PATIENCE_MS)
    },
    signOut: (page) => signOut(page, rig, stage),
    async back(page) {
      await page.waitForURL(`${stage.front.origin}/**`, { waitUntil: 'load' })
      // Not `page.goBack()`: it waits for a load, and a page that was kept has none.
      await page.evaluate(() => history.back()).catch(() => {})
      // Nor `page.waitForURL()`: Firefox tells nobody that it shows a page that it kept.
      const href = () => page.evaluate(() => location.href).catch(() => '')
      await until(href, (now) => now.startsWith(`${stage.site.url}/`), 'the application')
    },
  }
}

export const begin = (page: Page, options: object) =>
  page
    .evaluate(
      (given) => void window.auth.signIn({ automatic: false, ...given }).catch(() => {}),
      options,
    )
    .catch(() => {})

export const session = (page: Page) =>
  page.evaluate(() => JSON.parse(JSON.stringify(window.auth.getSession())) as Ended)

async function signOut(page: Page, rig: Rig, { site, front }: Stage): Promise<void> {
  const leave = () =>
    page.evaluate(() => void window.auth.signOut().catch(() => {})).catch(() => {})
  if (rig.traits.signOut === 'provider') {
    return await walk(page, leave, { app: site.url, steps: rig.signOut })
  }
  await leave()
  if (rig.traits.signOut === 'stays') {
    for (const { see, act } of rig.signOut) {
      await page.locator(see).first().waitFor()
      await act(page, 'alice')
    }
    await page.waitForLoadState()
    return void (await page.goto(site.url))
  }
  await waitForStatus(page, 'signed-out', PATIENCE_MS)
  if (!rig.signOutPage) return
  await page.goto(front.origin + rig.signOutPage)
  await page.waitForURL(`${site.url}/**`)
}
