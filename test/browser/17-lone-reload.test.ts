// The reload of a tab that is alone, where a worker ends with its last page. Chromium's is in 02-reload.test.ts.
import { describe, expect, test } from 'vitest'
import type { Profile, Tab } from './harness/engine.ts'
import { accepted, address, signIn, token, until, waitForStatus } from './harness/tab.ts'
import { worlds, type World } from './harness/world.ts'

/** Makes a signed-in tab without history, because a page in the back-forward cache keeps the worker alive, too. */
async function loneTab({ tab }: World<Profile>): Promise<Tab> {
  const first = await tab('/some/page')
  await signIn(first)
  const page = await tab('/some/page')
  await waitForStatus(page, 'signed-in')
  await first.close()
  return page
}

describe.each(['firefox', 'webkit'] as const)('%s', (engine) => {
  const createWorld = worlds({ engine })

  test('loses the session at the reload of a lone tab, with the reason no_session', async () => {
    const page = await loneTab(await createWorld())
    await page.reload()
    await waitForStatus(page, 'signed-out')
    expect(await page.evaluate(() => window.auth.getSession())).toMatchObject({
      reason: 'no_session',
    })
  })

  test('restores a lone tab’s session by silentSignIn, with one redirect and no click', async () => {
    const world = await createWorld({ client: { silentSignIn: 'redirect' } })
    const { provider } = world
    const page = await loneTab(world)
    provider.change({ autoLogin: undefined })
    await page.reload().catch(() => {})
    await until(
      () => provider.requests('authorization').length,
      (made) => made > 1,
      'a redirect',
    )
    await waitForStatus(page, 'signed-in')
    await expect.poll(() => address(page).catch(() => '')).toContain('/some/page')
    expect(provider.requests('authorization').slice(1)).toMatchObject([{ prompt: 'none' }])
    expect(await accepted(provider.issuer, await token(page))).toBe(true)
  })
})
