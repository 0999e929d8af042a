import type { BrowserContext } from 'playwright-core'
import { expect, test } from 'vitest'
import { seededRandom } from '../support/seeded-random.ts'
import { beginReload } from './harness/reload.ts'
import { RELOADS, RELOADS_DEADLINE_MS } from './harness/reloads.ts'
import {
  beginSignIn,
  diagnostics,
  signIn,
  status,
  token,
  untilExpired,
  waitForStatus,
} from './harness/tab.ts'
import { worlds } from './harness/world.ts'

// How long a worker outlives its page is for the whole browser to say.
const createWorld = worlds({ whole: true })

/** Records every status that any document of the tab went through, over reloads. */
async function keepStatuses(context: BrowserContext) {
  await context.addInitScript(() => {
    addEventListener('pagehide', () => {
      const before = sessionStorage.getItem('statuses') ?? ''
      const seen = window.sessionLog.map((one) => one.status).join(' ')
      sessionStorage.setItem('statuses', `${before} ${seen}`)
    })
  })
}

test(
  `U8 keeps one tab signed in over ${RELOADS} reloads at random moments, without a redirect to the provider`,
  async () => {
    const { provider, context, tab } = await createWorld({
      watch: true,
      provider: { accessTokenTtl: 1 },
    })
    const page = await tab()
    await signIn(page)
    expect((await diagnostics(page)).reload).toBe('worker')
    await keepStatuses(context)
    // Every answer is delayed, so that some reload falls into each part of a refresh.
    provider.fail({ endpoint: 'token', mode: 'delay', ms: 60 })
    const random = seededRandom()
    const refreshes = () =>
      provider.requests('token').filter(({ grantType }) => grantType === 'refresh_token').length
    // A quick machine is through before there were refreshes to be interrupted.
    for (let turn = 0; turn < RELOADS || refreshes() < 4; turn++) {
      await beginReload(page)
      // Some reloads come before the page has run at all, some while it refreshes.
      if (turn % 5 === 4) {
        await waitForStatus(page, 'signed-in')
        await page.evaluate(() => void window.auth.getAccessToken({ forceRefresh: true }))
      }
      await page.waitForTimeout(random() * 120)
    }
    await waitForStatus(page, 'signed-in')
    // Else the token is renewed again while it is looked at.
    provider.change({ accessTokenTtl: 300 })
    provider.recover()
    await expect
      .poll(async () => (await token(page)) === provider.secrets().accessTokens.at(-1))
      .toBe(true)

    expect(provider.requests('authorization')).toHaveLength(1)
    await expect.poll(() => provider.families()).toMatchObject([{ reused: false, live: 1 }])
    expect(provider.requests('token').filter(({ error }) => error)).toEqual([])
    const statuses = await page.evaluate(() => sessionStorage.getItem('statuses'))
    expect(statuses).toContain('signed-in')
    expect(statuses).not.toMatch(/signed-out|expired|error|signing-in/)
  },
  RELOADS_DEADLINE_MS,
)

test('serves the page after a reload with the answer of the refresh that the reload interrupted', async () => {
  const { provider, tab } = await createWorld()
  const page = await tab()
  await signIn(page)
  const hold = provider.hold({ endpoint: 'token', answer: true })
  await page.evaluate(() => void window.auth.getAccessToken({ forceRefresh: true }).catch(() => {}))
  await hold.arrived()
  await page.reload()
  await waitForStatus(page, 'signed-in')
  hold.release()
  await expect
    .poll(async () => (await token(page)) === provider.secrets().accessTokens.at(-1))
    .toBe(true)
  expect(provider.families()).toMatchObject([{ issued: 2, live: 1, reused: false }])
})

test('A-11 restores the session at a reload without any request to the provider', async () => {
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

test('A-11 makes one token request for a sign-in, and does not repeat discovery', async () => {
  const { provider, tab } = await createWorld()
  const page = await tab()
  const hold = provider.hold({ endpoint: 'token' })
  await beginSignIn(page)
  await hold.arrived()
  // The keys are fetched while the code is on its way, not after.
  await expect.poll(() => provider.requests('jwks').length).toBe(1)
  hold.release()
  await waitForStatus(page, 'signed-in')
  expect(provider.requests('token')).toHaveLength(1)
  expect(provider.requests('discovery')).toHaveLength(1)
  expect(provider.requests('jwks')).toHaveLength(1)
})

test('keeps the session over a visit to another site', async () => {
  const { provider, site, tab } = await createWorld()
  const page = await tab()
  await signIn(page)
  await page.goto(`${provider.issuer.replace('127.0.0.1', 'localhost')}/jwks`)
  await page.goto(site.url)
  await waitForStatus(page, 'signed-in')
  expect(provider.requests('authorization')).toHaveLength(1)
})

test('U6 U18 makes one refresh, without redirect or flash, when a page starts with an expired access token', async () => {
  const { provider, tab } = await createWorld({ provider: { accessTokenTtl: 1 } })
  const page = await tab()
  await signIn(page)
  await untilExpired(provider)
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
