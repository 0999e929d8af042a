import type { BrowserContext } from 'playwright-core'
import { expect, test } from 'vitest'
import { diagnostics, signIn, status, token, waitForStatus } from './harness/tab.ts'
import { worlds } from './harness/world.ts'

const createWorld = worlds()

/** Every status any document of the tab went through, kept over reloads. */
async function keepStatuses(context: BrowserContext) {
  await context.addInitScript(() => {
    addEventListener('pagehide', () => {
      const before = sessionStorage.getItem('statuses') ?? ''
      const seen = window.sessionLog.map((one) => one.status).join(' ')
      sessionStorage.setItem('statuses', `${before} ${seen}`)
    })
  })
}

test('2 one tab reloaded 50 times at random moments stays signed in without the provider’s help (U8)', async () => {
  const { provider, context, tab } = await createWorld({
    watch: true,
    provider: { accessTokenTtl: 1 },
  })
  const page = await tab()
  await signIn(page)
  await keepStatuses(context)
  // Every answer takes a while, so that some reload falls into each part of a refresh.
  provider.fail({ endpoint: 'token', mode: 'delay', ms: 60 })
  const random = seeded(7)
  for (let turn = 0; turn < 50; turn++) {
    await page.reload({ waitUntil: 'commit' })
    // Some before the page has run at all, some while it renews.
    if (turn % 5 === 4) {
      await waitForStatus(page, 'signed-in')
      await page.evaluate(() => void window.auth.getAccessToken({ forceRefresh: true }))
    }
    await page.waitForTimeout(random() * 120)
  }
  await waitForStatus(page, 'signed-in')
  provider.recover()
  expect(await token(page)).toBe(provider.secrets().accessTokens.at(-1))

  expect(provider.requests('authorization')).toHaveLength(1)
  expect(provider.families()).toMatchObject([{ reused: false, live: 1 }])
  expect(provider.requests('token').filter(({ error }) => error)).toEqual([])
  const refreshes = provider.requests('token').filter((one) => one.grantType === 'refresh_token')
  expect(refreshes.length).toBeGreaterThan(3)
  const statuses = await page.evaluate(() => sessionStorage.getItem('statuses'))
  expect(statuses).toContain('signed-in')
  expect(statuses).not.toMatch(/signed-out|expired|error|signing-in/)
})

test('2 a reload in the middle of a refresh: its answer serves the page that comes after', async () => {
  const { provider, tab } = await createWorld()
  const page = await tab()
  await signIn(page)
  const hold = provider.hold({ endpoint: 'token', answer: true })
  await page.evaluate(() => void window.auth.getAccessToken({ forceRefresh: true }).catch(() => {}))
  await hold.arrived()
  await page.reload()
  await waitForStatus(page, 'signed-in')
  hold.release()
  await expect.poll(() => token(page)).toBe(provider.secrets().accessTokens.at(-1))
  expect(provider.families()).toMatchObject([{ issued: 2, live: 1, reused: false }])
})

test('2 a reload restores the session without any request to the provider (A-11)', async () => {
  const { provider, tab } = await createWorld()
  const page = await tab()
  await signIn(page)
  const before = provider.requests().length
  await page.reload()
  await waitForStatus(page, 'signed-in')
  await token(page)
  expect(provider.requests()).toHaveLength(before)
  expect((await diagnostics(page)).vault).toBe('worker')
})

test('2 the first sign-in costs one token request, and discovery is not repeated (A-11)', async () => {
  const { provider, tab } = await createWorld()
  const page = await tab()
  await signIn(page)
  expect(provider.requests('token')).toHaveLength(1)
  expect(provider.requests('discovery')).toHaveLength(1)
  expect(provider.requests('jwks')).toHaveLength(1)
  // The keys are fetched while the code is on its way, not after.
  const [code] = provider.requests('token')
  const [keys] = provider.requests('jwks')
  expect(keys!.at).toBeLessThanOrEqual(code!.at + code!.ms!)
})

test('2 a visit to another site and back keeps the session', async () => {
  const { provider, site, tab } = await createWorld()
  const page = await tab()
  await signIn(page)
  await page.goto(`${provider.issuer.replace('127.0.0.1', 'localhost')}/jwks`)
  await page.goto(site.url)
  await waitForStatus(page, 'signed-in')
  expect(provider.requests('authorization')).toHaveLength(1)
})

test('2 a dead access token and a live session at start: one refresh, no redirect, no flash (U6, U18)', async () => {
  const { provider, tab } = await createWorld({ provider: { accessTokenTtl: 1 } })
  const page = await tab()
  await signIn(page)
  await expect.poll(() => provider.requests('token').at(-1)!.at + 1000 < Date.now()).toBe(true)
  await page.reload()
  await waitForStatus(page, 'signed-in')
  expect(await token(page)).toBe(provider.secrets().accessTokens.at(-1))
  expect(provider.secrets().accessTokens).toHaveLength(2)
  expect(await page.evaluate(() => window.sessionLog.map((one) => one.status))).not.toContain(
    'signed-out',
  )
  expect(await status(page)).toBe('signed-in')
  expect(provider.requests('authorization')).toHaveLength(1)
})

/** The same moments each time, or a failure could not be looked into. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1103515245 + 12345) % 2147483648
    return state / 2147483648
  }
}
