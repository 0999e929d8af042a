import { expect, test } from 'vitest'
import { back, restored, watchRestores } from './harness/restores.ts'
import { signIn, token, waitForStatus } from './harness/tab.ts'
import { worlds } from './harness/world.ts'

// Chromium keeps a page with its worker port, channels and locks open, and evicts it at any message to it meanwhile.
const createWorld = worlds({ whole: true, backForwardCache: true })

const vaults = [
  { name: 'worker vault', client: {} },
  { name: 'page vault, isolated', client: { vault: 'page' } },
  { name: 'page vault, shared', client: { vault: 'page', tabs: 'shared' } },
] as const

for (const { name, client } of vaults) {
  test(`W6 U20 shows nothing protected when a page comes back from the cache after a sign-out in another tab [${name}]`, async () => {
    const { site, tab } = await createWorld({ client })
    watchRestores(site)
    const page = await tab()
    await signIn(page)
    await expect.poll(() => page.getByTestId('protected').count()).toBe(1)
    const other = await tab()
    if (client === vaults[1].client) await signIn(other)
    await waitForStatus(other, 'signed-in')
    await page.goto(`${site.url}/blank`)
    await other.evaluate(() => window.auth.signOut({ provider: false }))
    await waitForStatus(other, 'signed-out')

    const { persisted } = await back(page)
    // The page vault's channel gets a message at the sign-out, for which Chromium evicts the page: just as good.
    if (name === 'worker vault') expect(persisted).toBe(true)
    await waitForStatus(page, 'signed-out')
    await expect.poll(() => page.getByTestId('public').isVisible()).toBe(true)
    expect((await restored(page))!.frames.filter(Boolean)).toEqual([])
  })

  test(`W6 shows everything as it was when a page comes back from the cache and the session lives [${name}]`, async () => {
    const { provider, site, tab } = await createWorld({ client })
    watchRestores(site)
    const page = await tab()
    await signIn(page)
    await page.getByTestId('draft').fill('half a sentence')
    await page.goto(`${site.url}/blank`)
    expect((await back(page)).persisted).toBe(true)
    await expect.poll(() => page.getByTestId('protected').isVisible()).toBe(true)
    expect(await page.getByTestId('draft').inputValue()).toBe('half a sentence')
    const fresh = await token(page, { forceRefresh: true })
    expect(fresh).toBe(provider.secrets().accessTokens.at(-1))
  })
}

test('U20 shows only the new user when a page comes back from the cache after another user signed in', async () => {
  const { site, tab } = await createWorld()
  watchRestores(site)
  const [page, other] = [await tab(), await tab()]
  await signIn(page)
  await waitForStatus(other, 'signed-in')
  await page.goto(`${site.url}/blank`)
  await other.evaluate(() => window.auth.signOut({ provider: false }))
  await waitForStatus(other, 'signed-out')
  await other
    .evaluate(
      () => void window.auth.signIn({ loginHint: 'bob', prompt: 'login', automatic: false }),
    )
    .catch(() => {})
  await expect.poll(() => other.getByTestId('user').textContent()).toBe('Bob Brown')

  expect((await back(page)).persisted).toBe(true)
  await expect.poll(() => page.getByTestId('user').textContent()).toBe('Bob Brown')
  expect((await restored(page))!.frames.join()).not.toContain('Alice')
})

test('W6 shows nothing protected when the user goes back after signing out', async () => {
  const { site, tab } = await createWorld()
  watchRestores(site)
  const page = await tab()
  await signIn(page)
  await page.evaluate(() => void Object.assign(window, { before: true }))
  await page.evaluate(() => void window.auth.signOut()).catch(() => {})
  // The tab goes to the provider's end-session endpoint and back, to a new page.
  const arrived = () => page.evaluate(() => !('before' in window) && 'auth' in window)
  await expect.poll(() => arrived().catch(() => false)).toBe(true)
  await waitForStatus(page, 'signed-out')
  await page.goBack({ waitUntil: 'commit' })
  await waitForStatus(page, 'signed-out')
  await expect.poll(() => page.getByTestId('protected').count()).toBe(0)
  expect((await restored(page))?.frames.filter(Boolean) ?? []).toEqual([])
})
