import type { Tab } from './engine.ts'
import type { Site } from './site.ts'
import { until } from './tab.ts'

interface Restored {
  /** False when the page was evicted from the cache meanwhile, and loaded anew. */
  persisted: boolean
  /** What could be read on the page, frame by frame, from the moment it was shown again. */
  frames: string[]
}

/** Watches what a person sees when a page comes back from the back-forward cache. */
export function watchRestores(site: Site): void {
  site.firstScripts.push(() => {
    addEventListener('pagehide', () => Object.assign(window, { restored: undefined }))
    addEventListener('pageshow', ({ persisted }) => {
      const frames: string[] = []
      Object.assign(window, { restored: { persisted, frames } })
      const look = () => {
        const secret = document.querySelector<HTMLElement>('[data-testid=protected]')
        frames.push(secret?.checkVisibility({ visibilityProperty: true }) ? secret.innerText : '')
        if (frames.length < 120) requestAnimationFrame(look)
      }
      look()
      requestAnimationFrame(look)
    })
  })
}

export const restored = (page: Tab): Promise<Restored | undefined> =>
  page.evaluate(() => (window as unknown as { restored?: Restored }).restored)

/**
 * Goes back and waits for the page to be shown. The page itself goes: a return from the cache has no load event, and
 * Playwright does not notice it in Firefox.
 */
export async function back(page: Tab): Promise<Restored> {
  await page.evaluate(() => history.back()).catch(() => {})
  // Asked while the page is on its way, the browser may have no page to ask.
  const seen = () => restored(page).catch(() => undefined)
  const shown = await until(seen, (now) => Boolean(now?.frames.length), 'the page to come back')
  return shown!
}
