import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import {
  accepted,
  anew,
  beginSignIn,
  sessionLog,
  signIn,
  status,
  token,
  tokenOrCode,
  waitForStatus,
} from './harness/tab.ts'
import { underWay } from './harness/under-way.ts'
import { worlds } from './harness/world.ts'

const createWorld = worlds()

const signOut = (page: Page, options: { provider?: boolean } = {}) =>
  page.evaluate((how) => void window.auth.signOut(how).catch(() => {}), options).catch(() => {})

/** Signs out over the provider's page, and waits for the way back. */
async function signOutEverywhere(page: Page) {
  await anew(page, () => signOut(page))
  await waitForStatus(page, 'signed-out')
}

const vaults = [
  { name: 'worker vault', client: {} },
  { name: 'page vault, shared', client: { vault: 'page', tabs: 'shared' } },
] as const

for (const { name, client } of vaults) {
  test(`U19 A-33 signs every tab out at once, with one end-session request, after a sign-out in one tab [${name}]`, async () => {
    const { provider, tab } = await createWorld({ client })
    const pages = [await tab(), await tab(), await tab()]
    await signIn(pages[0]!)
    await Promise.all(pages.map((page) => waitForStatus(page, 'signed-in')))
    await signOutEverywhere(pages[0]!)
    await Promise.all(pages.map((page) => waitForStatus(page, 'signed-out')))
    for (const page of pages.slice(1)) {
      await expect.poll(() => page.getByTestId('protected').count()).toBe(0)
      expect(await tokenOrCode(page)).toBe('error: signed_out')
    }
    expect(provider.requests('end_session')).toHaveLength(1)
    await expect.poll(() => provider.families()).toMatchObject([{ live: 0, reused: false }])
    // The session at the provider is over too, so prompt=none is refused.
    provider.change({ autoLogin: undefined })
    await pages[1]!
      .evaluate(() => void window.auth.signIn({ prompt: 'none', automatic: false }).catch(() => {}))
      .catch(() => {})
    await expect
      .poll(async () => (await sessionLog(pages[1]!).catch(() => [])).at(-1)?.code)
      .toBe('login_required')
  })

  test(`U19 T-33 discards and revokes the answer of a refresh that was in flight at the sign-out [${name}]`, async () => {
    const { provider, tab } = await createWorld({ client })
    const [one, two] = [await tab(), await tab()]
    await signIn(one)
    await waitForStatus(two, 'signed-in')
    const hold = provider.hold({ endpoint: 'token', answer: true })
    const refreshing = underWay(tokenOrCode(one, { forceRefresh: true }))
    await hold.arrived()
    await signOut(two, { provider: false })
    await waitForStatus(one, 'signed-out')
    await waitForStatus(two, 'signed-out')
    hold.release()
    expect(await refreshing).toBe('error: signed_out')
    await expect.poll(() => provider.families()).toMatchObject([{ live: 0, issued: 2 }])
    expect(provider.requests('revocation').length).toBeGreaterThanOrEqual(1)
    expect(await status(one)).toBe('signed-out')
    expect(await tokenOrCode(one)).toBe('error: signed_out')
    await one.reload()
    await waitForStatus(one, 'signed-out')
  })

  test(`U20 T-18 T-19 uses nothing of a refresh answer for another user [${name}]`, async () => {
    const { provider, tab } = await createWorld({ client })
    const pages = [await tab(), await tab()]
    await signIn(pages[0]!)
    await waitForStatus(pages[1]!, 'signed-in')
    provider.alter({
      idToken: (claims, grantType) =>
        grantType === 'refresh_token' ? { ...claims, sub: 'bob', name: 'Bob Brown' } : claims,
    })
    expect(await tokenOrCode(pages[0]!, { forceRefresh: true })).toBe('error: session_expired')
    for (const page of pages) {
      await waitForStatus(page, 'expired')
      const session = await page.evaluate(() => window.auth.getSession())
      expect(session).toMatchObject({ reason: 'user_changed', user: { sub: 'alice' } })
      expect(JSON.stringify(await sessionLog(page))).not.toContain('bob')
    }
    await expect.poll(() => provider.families()).toMatchObject([{ live: 0 }])
    expect(provider.requests('userinfo')).toHaveLength(0)
  })
}

test('A-33 signs the other tabs out, each revoking its own token, after a sign-out in one tab [page vault, isolated]', async () => {
  const { provider, tab } = await createWorld({ client: { vault: 'page' } })
  const pages = [await tab(), await tab(), await tab()]
  for (const page of pages) await signIn(page)
  await signOut(pages[0]!, { provider: false })
  await Promise.all(pages.map((page) => waitForStatus(page, 'signed-out')))
  await expect.poll(() => provider.families().map(({ live }) => live)).toEqual([0, 0, 0])
})

test('U20 follows another user who signs in in a second tab, and never mixes the two', async () => {
  const { provider, tab } = await createWorld({ watch: true })
  const [one, two] = [await tab(), await tab()]
  await signIn(one)
  await waitForStatus(two, 'signed-in')
  const [aliceToken] = provider.secrets().accessTokens
  await signOutEverywhere(two)
  await signIn(two, 'bob')
  await expect.poll(() => one.getByTestId('user').textContent()).toBe('Bob Brown')
  const bobToken = await token(one)
  expect(bobToken).not.toBe(aliceToken)
  const headers = { authorization: `Bearer ${bobToken}` }
  const info = (await (await fetch(`${provider.issuer}/me`, { headers })).json()) as object
  expect(info).toMatchObject({ sub: 'bob' })
  expect((await sessionLog(one)).map(({ status: was, sub }) => sub ?? was)).toEqual(
    expect.arrayContaining(['alice', 'signed-out', 'bob']),
  )
})

test('U20 signs the first tab out when another user signs in in a second one [page vault, isolated]', async () => {
  const { tab } = await createWorld({ client: { vault: 'page' } })
  const [one, two] = [await tab(), await tab()]
  await signIn(one)
  await two
    .evaluate(
      () =>
        void window.auth
          .signIn({ loginHint: 'bob', prompt: 'login', automatic: false })
          .catch(() => {}),
    )
    .catch(() => {})
  await expect.poll(() => two.getByTestId('user').textContent()).toBe('Bob Brown')
  await waitForStatus(one, 'signed-out')
  await expect.poll(() => one.getByTestId('protected').count()).toBe(0)
})

test('U19 discards a sign-in that was begun before a sign-out in another tab', async () => {
  const { provider, tab } = await createWorld()
  const [one, two] = [await tab(), await tab()]
  await signIn(one)
  await waitForStatus(two, 'signed-in')
  const hold = provider.hold({ endpoint: 'token', answer: true })
  await beginSignIn(two)
  await hold.arrived()
  await signOut(one, { provider: false })
  await waitForStatus(one, 'signed-out')
  hold.release()
  await waitForStatus(two, 'signed-out')
  expect(await status(one)).toBe('signed-out')
  await expect.poll(() => provider.families().map(({ live }) => live)).toEqual([0, 0])
})

test('U19 U11 keeps a guard from signing in by itself after a sign-out', async () => {
  const { provider, tab } = await createWorld({ required: true })
  const page = await tab()
  await waitForStatus(page, 'signed-in')
  await signOutEverywhere(page)
  const before = provider.requests('authorization').length
  await page.reload()
  await waitForStatus(page, 'signed-out')
  await expect.poll(() => page.getByText('Sign in').count()).toBeGreaterThan(0)
  expect(provider.requests('authorization')).toHaveLength(before)
})

test('signs in again after a sign-out, with a new token', async () => {
  const { provider, tab } = await createWorld()
  const page = await tab()
  await signIn(page)
  await signOutEverywhere(page)
  await signIn(page, 'bob')
  expect(await accepted(provider.issuer, await token(page))).toBe(true)
  await expect.poll(() => page.getByTestId('user').textContent()).toBe('Bob Brown')
})
