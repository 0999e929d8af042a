import type { Page } from 'playwright-core'
import { anotherDocument } from './tab.ts'

/** Names the document that is at an address: the number changes with each load. 0 while the page is elsewhere, or on its way. */
const documentAt = (page: Page, home: string): Promise<number> =>
  page
    .evaluate(
      (home) => (location.origin + location.pathname === home ? performance.timeOrigin : 0),
      home,
    )
    .catch(() => 0)

/**
 * Does what loads the page anew, over the provider perhaps, and waits for the new one. What a page says on its way was true
 * before, and Chromium may not close a tab that is on its way. @param home without query and fragment
 */
export async function loadedAnew(
  page: Page,
  home: string,
  leave: () => Promise<unknown>,
): Promise<void> {
  await anotherDocument(() => documentAt(page, home), leave, home)
  await page.waitForLoadState()
}
