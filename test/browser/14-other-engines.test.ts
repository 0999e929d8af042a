// The journeys of a session in the engines that are not Chromium: the lifetime of workers, locks and pages differs.
import { describe, expect, test } from 'vitest'
import { expectChangeOfUser } from './harness/change-of-user.ts'
import type { Tab } from './harness/engine.ts'
import { loneTab, untilRelayed } from './harness/lone-tab.ts'
import { back, restored, watchRestores } from './harness/restores.ts'
import { enforce, violations } from './harness/strict-csp.ts'
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
import { worlds } from './harness/world.ts'

/** Tabs at once. Eight are Chromium's, in 03-many-tabs.test.ts: how many there are is the same to each engine. */
const MANY = 4

describe.each(['firefox', 'webkit'] as const)('%s', (engine) => {
  const createWorld = worlds({ engine })

  test('signs in with the worker vault, refreshes and signs out', async () => {
    const { provider, tab } = await createWorld({ watch: true })
    const page = await tab()
    await signIn(page)
    expect((await diagnostics(page)).vault).toBe('worker')
    expect(await accepted(provider.issuer, await token(page))).toBe(true)
    // From the next one on, so that no busy machine sees the first one expire.
    provider.change({ accessTokenTtl: 3 })
    await token(page, { forceRefresh: true })
    const requests = () => provider.requests('token').length
    await until(requests, (made) => made >= 4, 'two renewals')
    expect(await status(page)).toBe('signed-in')
    await page.evaluate(() => window.auth.signOut({ provider: false }))
    await waitForStatus(page, 'signed-out')
    await expect.poll(() => provider.families()).toMatchObject([{ live: 0, reused: false }])
  })

  test.each([
    ['worker vault', {}],
    ['page vault, shared', { vault: 'page', tabs: 'shared' }],
  ] as const)(
    'U2 U19 makes one token request for all tabs at expiry, and signs all of them out [%s]',
    async (_, client) => {
      const { provider, tab } = await createWorld({ client, provider: { accessTokenTtl: 3 } })
      const first = await tab()
      await signIn(first)
      const pages: Tab[] = [first]
      while (pages.length < MANY) pages.push(await tab())
      await Promise.all(pages.map((page) => waitForStatus(page, 'signed-in')))
      await untilExpired(provider)
      const before = provider.requests('token').length
      const tokens = await Promise.all(pages.map((page) => token(page)))
      expect(new Set(tokens).size).toBe(1)
      expect(provider.requests('token')).toHaveLength(before + 1)
      expect(await accepted(provider.issuer, tokens[0]!)).toBe(true)

      await pages.at(-1)!.evaluate(() => window.auth.signOut({ provider: false }))
      await Promise.all(pages.map((page) => waitForStatus(page, 'signed-out')))
      expect(await tokenOrCode(first)).toBe('error: signed_out')
      await expect.poll(() => provider.families()).toMatchObject([{ live: 0, reused: false }])
    },
  )

  test('uses the page vault at once when the worker file is missing', async () => {
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

  test('keeps the session at a reload while a second tab is open', async () => {
    const { provider, tab } = await createWorld()
    const [page, other] = [await tab(), await tab()]
    await signIn(page)
    await waitForStatus(other, 'signed-in')
    await page.reload()
    await waitForStatus(page, 'signed-in')
    expect(provider.requests('authorization')).toHaveLength(1)
  })

  test('U24 keeps the session at the reload of a lone tab under a strict policy on page and worker', async () => {
    const world = await createWorld()
    enforce(world)
    const page = await loneTab(world)
    await untilRelayed(page)
    await page.reload()
    await waitForStatus(page, 'signed-in')
    expect(await diagnostics(page)).toMatchObject({ vault: 'worker', reload: 'relay' })
    expect(await violations(page)).toBe('')
  })

  test('U20 shows another user in every tab, with that user’s token', async () => {
    await expectChangeOfUser(await createWorld())
  })

  test('holds the session in the page alone with vault: "page"', async () => {
    const { provider, tab } = await createWorld({
      client: { vault: 'page' },
      watch: true,
      provider: { accessTokenTtl: 3 },
    })
    const page = await tab()
    await signIn(page)
    expect((await diagnostics(page)).vault).toBe('page')
    const requests = () => provider.requests('token').length
    await until(requests, (made) => made >= 3, 'two renewals')
    await page.evaluate(() => window.auth.signOut({ provider: false }))
    await waitForStatus(page, 'signed-out')
    await expect.poll(() => provider.families()).toMatchObject([{ live: 0, reused: false }])
  })

  describe('at the way back from another site, from the back-forward cache', () => {
    const leave = (page: Tab, { url }: { url: string }) =>
      page.goto(`${url.replace('127.0.0.1', 'localhost')}/blank`)

    const showsProtected = (page: Tab) =>
      page.evaluate(() =>
        document
          .querySelector('[data-testid=protected]')
          ?.checkVisibility({ visibilityProperty: true }),
      )

    test('W6 goes on with a session that lives', async () => {
      const { provider, site, tab } = await createWorld()
      watchRestores(site)
      const page = await tab()
      await signIn(page)
      await leave(page, site)
      expect((await back(page)).persisted).toBe(true)
      await until(() => showsProtected(page), Boolean, 'what is protected')
      expect(await token(page, { forceRefresh: true })).toBe(provider.secrets().accessTokens.at(-1))
      expect(provider.requests('authorization')).toHaveLength(1)
    })

    test('W6 U20 shows nothing protected after a sign-out in another tab', async () => {
      const { site, tab } = await createWorld()
      watchRestores(site)
      const [page, other] = [await tab(), await tab()]
      await signIn(page)
      await waitForStatus(other, 'signed-in')
      await leave(page, site)
      await other.evaluate(() => window.auth.signOut({ provider: false }))
      await waitForStatus(other, 'signed-out')
      expect((await back(page)).persisted).toBe(true)
      await waitForStatus(page, 'signed-out')
      expect((await restored(page))!.frames.filter(Boolean)).toEqual([])
      expect(await tokenOrCode(page)).toBe('error: signed_out')
    })
  })
})
