import type { Page } from 'playwright-core'
import { loadedAt, until } from '../browser/harness/tab.ts'
import type { Person, Step } from './rig.ts'

export interface Walk {
  app: string
  steps: Step[]
  person?: Person
}

const WALK_DEADLINE_MS = 90_000

/** Starts something that leaves the application, does what the provider's pages ask for, and ends back in it. */
export async function walk(
  page: Page,
  start: () => Promise<unknown>,
  { app, steps, person = 'alice' }: Walk,
): Promise<void> {
  const before = await loadedAt(page)
  await start()
  const end = Date.now() + WALK_DEADLINE_MS
  for (;;) {
    if (page.url().startsWith(app)) {
      const loaded = await loadedAt(page)
      if (loaded !== before && loaded !== 0) return
    } else await doWhatIsAsked(page, steps, person)
    if (Date.now() > end) {
      const text = await page.innerText('body').catch(() => '')
      throw new Error(`No way on from ${page.url()}:\n${text.slice(0, 1000)}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

async function doWhatIsAsked(page: Page, steps: Step[], person: Person): Promise<void> {
  for (const { see, act } of steps) {
    const visible = () =>
      page
        .locator(see)
        .first()
        .isVisible()
        .catch(() => false)
    if (!(await visible())) continue
    const url = page.url()
    await act(page, person)
    // A form that was sent stays in sight until the answer comes.
    const isDone = async () => page.url() !== url || !(await visible())
    await until(isDone, (done) => done, `the page after ${see}`, 45_000)
    return
  }
}
