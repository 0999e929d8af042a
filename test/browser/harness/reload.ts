import type { Page } from 'playwright-core'
import { anew } from './tab.ts'

/** Between two pages Chromium takes no order to reload, on a busy machine for longer: then it is given again. */
export async function beginReload(page: Page): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await page.reload({ waitUntil: 'commit' })
      return
    } catch (error) {
      if (tries === 10 || !/Not attached to an active page/.test(String(error))) throw error
    }
  }
}

/** Waits for the new page, and not for its load: it may leave again before. */
export const reload = (page: Page): Promise<void> =>
  anew(page, () => beginReload(page).catch(() => {}))
