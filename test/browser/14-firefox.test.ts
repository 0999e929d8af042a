import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import {
  accepted,
  diagnostics,
  signIn,
  status,
  token,
  tokenOrCode,
  until,
  untilExpired,
  waitForStatus,
} from './harness/tab.ts'
import { worlds, type World } from './harness/world.ts'

// Only what differs by engine is tested here: the lifetime of workers, locks, the back-forward cache.
const createWorld = worlds({ engine: 'firefox' })

test('Firefox signs in with the worker vault, refreshes and signs out', async () => {
  const { provider, tab } = await createWorld({ watch: true, provider: { accessTokenTtl: 3 } })
  const page = await tab()
  await signIn(page)
  expect((await diagnostics(page)).vault).toBe('worker')
  expect(await accepted(provider.issuer, await token(page))).toBe(true)
  const requests = () => provider.requests('token').length
  await until(requests, (made) => made >= 3, 'two renewals')
  expect(await status(page)).toBe('signed-in')
  await page.evaluate(() => window.auth.signOut({ provider: false }))
  await waitForStatus(page, 'signed-out')
  await expect.poll(() => provider.families()).toMatchObject([{ live: 0, reused: false }])
})

for (const [name, client] of [
  ['worker vault', {}],
  ['page vault, shared', { vault: 'page', tabs: 'shared' }],
] as const) {
  test(`U2 U19 Firefox makes one token request for eight tabs at expiry, and signs all of them out [${name}]`, async () => {
    const { provider, tab } = await createWorld({ client, provider: { accessTokenTtl: 3 } })
    const first = await tab()
    await signIn(first)
    const pages: Page[] = [first]
    while (pages.length < 8) pages.push(await tab())
    await Promise.all(pages.map((page) => waitForStatus(page, 'signed-in')))
    await untilExpired(provider)
    const before = provider.requests('token').length
    const tokens = await Promise.all(pages.map((page) => token(page)))
    expect(new Set(tokens).size).toBe(1)
    expect(provider.requests('token')).toHaveLength(before + 1)
    expect(await accepted(provider.issuer, tokens[0]!)).toBe(true)

    await pages[7]!.evaluate(() => window.auth.signOut({ provider: false }))
    await Promise.all(pages.map((page) => waitForStatus(page, 'signed-out')))
    expect(await tokenOrCode(first)).toBe('error: signed_out')
    await expect.poll(() => provider.families()).toMatchObject([{ live: 0, reused: false }])
  })
}

test('Firefox uses the page vault at once when the worker file is missing', async () => {
  const { provider, site, tab } = await createWorld()
  site.worker = 'missing'
  const page = await tab()
  await waitForStatus(page, 'signed-out')
  const { vault, fallback } = await diagnostics(page)
  expect(vault).toBe('page')
  expect(fallback).toMatch(/worker/)
  await signIn(page)
  expect(await token(page, { forceRefresh: true })).toBe(provider.secrets().accessTokens.at(-1))
})

/** Makes a signed-in tab without history, because a page in the back-forward cache keeps the worker alive, too. */
async function loneTab({ tab }: World): Promise<Page> {
  const first = await tab('/some/page')
  await signIn(first)
  const page = await tab('/some/page')
  await waitForStatus(page, 'signed-in')
  await first.close()
  return page
}

test('Firefox loses the session at the reload of a lone tab, with the reason no_session', async () => {
  const page = await loneTab(await createWorld())
  await page.reload()
  await waitForStatus(page, 'signed-out')
  expect(await page.evaluate(() => window.auth.getSession())).toMatchObject({
    reason: 'no_session',
  })
})

test('Firefox keeps the session at a reload while a second tab is open', async () => {
  const { provider, tab } = await createWorld()
  const [page, other] = [await tab(), await tab()]
  await signIn(page)
  await waitForStatus(other, 'signed-in')
  await page.reload()
  await waitForStatus(page, 'signed-in')
  expect(provider.requests('authorization')).toHaveLength(1)
})

test('Firefox restores a lone tab’s session by silentSignIn, with one redirect and no click', async () => {
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
  await expect.poll(() => page.url()).toContain('/some/page')
  expect(provider.requests('authorization').slice(1)).toMatchObject([{ prompt: 'none' }])
  expect(await accepted(provider.issuer, await token(page))).toBe(true)
})
