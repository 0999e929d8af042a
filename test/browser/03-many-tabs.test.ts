import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import type { StandInProvider } from '../../demo/provider/index.ts'
import {
  accepted,
  crash,
  signIn,
  status,
  token,
  tokenOrCode,
  untilExpired,
  waitForStatus,
} from './harness/tab.ts'
import { underWay } from './harness/under-way.ts'
import { worlds, type World } from './harness/world.ts'

const createWorld = worlds()
const EIGHT = [1, 2, 3, 4, 5, 6, 7, 8]

const refreshes = (provider: StandInProvider) =>
  provider.requests('token').filter(({ grantType }) => grantType === 'refresh_token')

async function eightTabs({ tab }: World): Promise<Page[]> {
  const first = await tab()
  await signIn(first)
  const others = await Promise.all(EIGHT.slice(1).map(() => tab()))
  await Promise.all(others.map((page) => waitForStatus(page, 'signed-in')))
  return [first, ...others]
}

const vaults = [
  { name: 'worker vault', client: {} },
  { name: 'page vault, shared', client: { vault: 'page', tabs: 'shared' } },
] as const

for (const { name, client } of vaults) {
  test(`U1 U2 T-34 makes one token request for eight tabs at expiry, and all get the fresh token [${name}]`, async () => {
    const world = await createWorld({ client, provider: { accessTokenTtl: 3 } })
    const { provider } = world
    const pages = await eightTabs(world)
    await untilExpired(provider)
    const before = refreshes(provider).length
    const tokens = await Promise.all(pages.map((page) => token(page)))
    expect(refreshes(provider)).toHaveLength(before + 1)
    expect(new Set(tokens).size).toBe(1)
    expect(await accepted(provider.issuer, tokens[0]!)).toBe(true)
    expect(await Promise.all(pages.map(status))).toEqual(EIGHT.map(() => 'signed-in'))
    expect(provider.families()).toMatchObject([{ reused: false }])
  })

  test(`U1 U2 refreshes once each time for eight tabs that watch the token [${name}]`, async () => {
    const world = await createWorld({ client, watch: true, provider: { accessTokenTtl: 5 } })
    const { provider } = world
    const startedAt = Date.now()
    const pages = await eightTabs(world)
    const before = refreshes(provider).length
    await expect.poll(() => refreshes(provider).length).toBeGreaterThanOrEqual(before + 2)
    const all = refreshes(provider)
    expect(new Set(all.map(({ refreshToken }) => refreshToken)).size).toBe(all.length)
    // One falls due when four fifths of a lifetime are over, at the soonest.
    expect(all.length).toBeLessThanOrEqual((Date.now() - startedAt) / 4000)
    expect(await Promise.all(pages.map(status))).toEqual(EIGHT.map(() => 'signed-in'))
  })
}

test('serves the other tab when the tab that asked is closed during the refresh [worker vault]', async () => {
  const world = await createWorld({ provider: { accessTokenTtl: 3 } })
  const { provider, tab } = world
  const [one, two] = [await tab(), await tab()]
  await signIn(one)
  await waitForStatus(two, 'signed-in')
  await untilExpired(provider)
  const hold = provider.hold({ endpoint: 'token', answer: true })
  one.evaluate(() => window.auth.getAccessToken()).catch(() => {})
  await hold.arrived()
  await one.close()
  const fresh = underWay(token(two))
  hold.release()
  expect(await accepted(provider.issuer, await fresh)).toBe(true)
  expect(refreshes(provider)).toHaveLength(1)
})

test('U2 serves the other tab when the tab that asked crashes during the refresh [worker vault]', async () => {
  const { provider, tab } = await createWorld({ provider: { accessTokenTtl: 3 } })
  // The first tab's process runs the worker too: it is the other one that crashes.
  const [two, one] = [await tab(), await tab()]
  await signIn(two)
  await waitForStatus(one, 'signed-in')
  await untilExpired(provider)
  const hold = provider.hold({ endpoint: 'token', answer: true })
  one.evaluate(() => window.auth.getAccessToken()).catch(() => {})
  await hold.arrived()
  await crash(one)
  const fresh = underWay(token(two))
  hold.release()
  expect(await accepted(provider.issuer, await fresh)).toBe(true)
  expect(refreshes(provider)).toHaveLength(1)
})

test('U2 keeps the session when the refreshing tab is closed before the provider acts [page vault, shared]', async () => {
  const world = await createWorld({
    client: { vault: 'page', tabs: 'shared' },
    provider: { accessTokenTtl: 3 },
  })
  const { provider, tab } = world
  const pages = [await tab(), await tab(), await tab()]
  await signIn(pages[0]!)
  await Promise.all(pages.map((page) => waitForStatus(page, 'signed-in')))
  await untilExpired(provider)
  const hold = provider.hold({ endpoint: 'token', grantType: 'refresh_token', times: 1 })
  pages[0]!.evaluate(() => window.auth.getAccessToken()).catch(() => {})
  await hold.arrived()
  await pages[0]!.close()
  hold.drop()
  const [second, third] = await Promise.all([token(pages[1]!), token(pages[2]!)])
  expect(second).toBe(third)
  // One of them sends the refresh token, and tells the other.
  expect(refreshes(provider)).toHaveLength(2)
  expect(provider.families()).toMatchObject([{ live: 1, reused: false }])
  expect(await accepted(provider.issuer, second)).toBe(true)
  expect(await status(pages[1]!)).toBe('signed-in')
  expect(await status(pages[2]!)).toBe('signed-in')
})

test('U2 T-16 ends the session as answer_lost in every tab, without a loop, when the refreshing tab is closed after the provider rotated [page vault, shared]', async () => {
  const world = await createWorld({
    client: { vault: 'page', tabs: 'shared' },
    provider: { accessTokenTtl: 3 },
  })
  const { provider, tab } = world
  const pages = [await tab(), await tab(), await tab()]
  await signIn(pages[0]!)
  await Promise.all(pages.map((page) => waitForStatus(page, 'signed-in')))
  await untilExpired(provider)
  const hold = provider.hold({ endpoint: 'token', answer: true, times: 1 })
  pages[0]!.evaluate(() => window.auth.getAccessToken()).catch(() => {})
  await hold.arrived()
  await pages[0]!.close()
  hold.drop()
  const rest = pages.slice(1)
  expect(await Promise.all(rest.map((page) => tokenOrCode(page)))).toEqual([
    'error: session_expired',
    'error: session_expired',
  ])
  for (const page of rest) {
    await waitForStatus(page, 'expired')
    const session = await page.evaluate(() => window.auth.getSession())
    expect(session).toMatchObject({ status: 'expired', reason: 'answer_lost' })
  }
  const count = refreshes(provider).length
  expect(count).toBe(2)
  await Promise.all(rest.map((page) => tokenOrCode(page)))
  expect(refreshes(provider)).toHaveLength(count)
})

test('keeps eight families apart, so that none harms another [page vault, isolated]', async () => {
  const world = await createWorld({ client: { vault: 'page' } })
  const { provider, tab } = world
  const pages: Page[] = []
  for (const _ of EIGHT) {
    const page = await tab()
    await signIn(page)
    pages.push(page)
  }
  expect(provider.families()).toHaveLength(8)
  const before = await Promise.all(pages.map((page) => token(page)))
  expect(new Set(before).size).toBe(8)
  const tokens = await Promise.all(pages.map((page) => token(page, { forceRefresh: true })))
  expect(new Set(tokens).size).toBe(8)
  expect(refreshes(provider)).toHaveLength(8)

  provider.fail({ endpoint: 'token', mode: 'invalid_grant', times: 1 })
  expect(await tokenOrCode(pages[3]!, { forceRefresh: true })).toBe('error: session_expired')
  for (const page of pages.filter((one) => one !== pages[3])) {
    expect(await status(page)).toBe('signed-in')
    await token(page, { forceRefresh: true })
  }
  expect(provider.families().every(({ live, reused }) => live === 1 && !reused)).toBe(true)
})
