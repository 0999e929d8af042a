import { expect, test } from 'vitest'
import { findings } from '../support/accessibility.ts'
import { bffWorlds } from './harness/bff-world.ts'
import { waitForStatus } from './harness/tab.ts'
import { underWay } from './harness/under-way.ts'

const createWorld = bffWorlds({ engine: 'chromium' })

test('W8 an alertdialog warns, takes the focus, is extended by a key, and gives the focus back', async () => {
  // A minute ahead it warns. A backend notes a use no sooner than a quarter of the idle time after the last.
  const { tab } = await createWorld({ bff: { idleTimeoutMs: 82_000 }, warns: true })
  const page = await tab()
  await waitForStatus(page, 'signed-out')
  await page.getByTestId('sign-in').click()
  await waitForStatus(page, 'signed-in')
  await page.getByTestId('sign-out').focus()
  const dialog = page.getByRole('alertdialog', { name: 'Your session is about to end' })
  await dialog.waitFor()
  const stay = dialog.getByRole('button', { name: 'Stay signed in' })
  expect(await stay.evaluate((button) => button === document.activeElement)).toBe(true)
  expect(await dialog.getByRole('timer').textContent()).toMatch(/^(60|[1-5]\d)$/)
  expect(await findings(page, false)).toEqual([])
  const extended = underWay(
    page.waitForResponse((response) => response.url().endsWith('/bff/session')),
  )
  await page.keyboard.press('Enter')
  expect((await extended).status()).toBe(200)
  await dialog.waitFor({ state: 'detached' })
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute('data-testid'))
  await expect.poll(focused).toBe('sign-out')
  await waitForStatus(page, 'signed-in')
})
