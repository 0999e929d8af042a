import type { BrowserContext } from 'playwright-core'
import { expect } from 'vitest'
import type { ApiView } from '../../demo/api/watch.ts'
import { loadedAnew } from '../browser/harness/loaded-anew.ts'
import { findings } from '../support/accessibility.ts'

export type Tab = Awaited<ReturnType<typeof openTab>>

/** A tab of the playground, and what a person does in it. */
export async function openTab(context: BrowserContext, url: string) {
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  await page.goto(url)
  const api = await page.evaluate(() => (window as unknown as { demo: { api: string } }).demo.api)
  const press = (name: string) => page.getByRole('button', { name, exact: true }).click()
  /** Presses what goes to the provider, and waits for the page to be back. */
  const pressAndReturn = (name: string) => loadedAnew(page, url, () => press(name))
  const radio = (name: string) => page.getByRole('radio', { name, exact: true })
  return {
    page,
    complaints,
    press,
    draft: page.getByTestId('draft'),
    text: (testId: string) => page.getByTestId(testId).innerText(),
    pressAndReturn,
    signOut: () => pressAndReturn('Sign out'),
    /** Chooses where the refresh token is kept, which loads the page anew. */
    keepIn: (place: string) => loadedAnew(page, url, () => radio(place).click()),
    /** Not `check()`: what the server said before may still arrive, and turns the switch back for a moment. */
    async choose(name: string): Promise<void> {
      await radio(name).click()
      await expect.poll(() => radio(name).isChecked()).toBe(true)
    },
    /** Why the API refused tokens, but for those that were over when they came: on a busy machine they run out on their way. */
    refusals: async () => {
      const view = (await (await fetch(`${api}/control/state`)).json()) as ApiView
      return Object.keys(view.reasons).filter((reason) => reason !== 'The token has expired.')
    },
    /** Reads from the page how often it asked the provider for a refresh. */
    refreshes: async () => Number(await page.getByTestId('refresh-count').innerText()),
    status: (status: string) =>
      page
        .getByTestId('status')
        .filter({ hasText: new RegExp(`^${status}$`) })
        .waitFor(),
    /** Expects no serious or critical finding of axe, in both colour schemes. */
    async isAccessible(): Promise<void> {
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme })
        // axe compares colours, so transitions must have ended.
        await page.evaluate(() =>
          Promise.all(document.getAnimations().map((one) => one.finished.catch(() => {}))),
        )
        expect(await findings(page, colorScheme === 'dark'), colorScheme).toEqual([])
      }
    },
    /** Expects no sideways scrolling on a narrow screen, and no finding of axe there. */
    async fitsAPhone(): Promise<void> {
      const wide = page.viewportSize()!
      await page.setViewportSize({ width: 390, height: 844 })
      // What depends on the width is rendered after the change.
      await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
      expect(await findings(page, false)).toEqual([])
      await page.setViewportSize(wide)
    },
  }
}
