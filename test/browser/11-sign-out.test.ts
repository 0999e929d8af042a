import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import {
  accepted,
  beginSignIn,
  loadedAt,
  sessionLog,
  signIn,
  status,
  token,
  tokenOrCode,
  waitForStatus,
} from './harness/tab.ts'
import { worlds } from './harness/world.ts'

const createWorld = worlds()

const signOut = (page: Page, options: { provider?: boolean } = {}) =>
  page.evaluate((how) => void window.auth.signOut(how).catch(() => {}), options).catch(() => {})

/** Over the provider's page and back. */
async function signOutEverywhere(page: Page) {
  const before = await loadedAt(page)
  await signOut(page)
  await expect.poll(() => loadedAt(page), { timeout: 15_000 }).not.toBe(before)
  await waitForStatus(page, 'signed-out')
}

const vaults = [
  { name: 'worker vault', client: {} },
  { name: 'page vault, shared', client: { vault: 'page', tabs: 'shared' } },
] as const

for (const { name, client } of vaults) {
  test(`11 sign-out in one tab: every tab at once, one end-session request, no way back (U19, A-33) [${name}]`, async () => {
    const { provider, tab } = await createWorld({ client })
    const pages = [await tab(), await tab(), await tab()]
    await signIn(pages[0]!)
    await Promise.all(pages.map((page) => waitForStatus(page, 'signed-in')))
    await signOut(pages[0]!)
    await Promise.all(pages.map((page) => waitForStatus(page, 'signed-out')))
    for (const page of pages.slice(1)) {
      await expect.poll(() => page.getByTestId('protected').count()).toBe(0)
      expect(await tokenOrCode(page)).toBe('error: signed_out')
    }
    expect(provider.requests('end_session')).toHaveLength(1)
    await expect.poll(() => provider.families()).toMatchObject([{ live: 0, reused: false }])
    // The provider's own session is over too: prompt=none finds nobody.
    provider.change({ autoLogin: undefined })
    await pages[1]!.evaluate(
      () => void window.auth.signIn({ prompt: 'none', automatic: false }).catch(() => {}),
    )
    await expect
      .poll(async () => (await sessionLog(pages[1]!).catch(() => [])).at(-1)?.code)
      .toBe('login_required')
  })

  test(`11 a refresh in flight at sign-out: its answer is discarded and revoked (T-33, U19) [${name}]`, async () => {
    const { provider, tab } = await createWorld({ client })
    const [one, two] = [await tab(), await tab()]
    await signIn(one)
    await waitForStatus(two, 'signed-in')
    const hold = provider.hold({ endpoint: 'token', answer: true })
    const refreshing = tokenOrCode(one, { forceRefresh: true })
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

  test(`11 the provider’s refresh answers for somebody else: nothing of theirs is used (U20, T-18, T-19) [${name}]`, async () => {
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

test('11 page vault, isolated: sign-out in one tab signs the others out without a token on the wire (A-33)', async () => {
  const { provider, tab } = await createWorld({ client: { vault: 'page' } })
  const pages = [await tab(), await tab(), await tab()]
  for (const page of pages) await signIn(page)
  await signOut(pages[0]!, { provider: false })
  await Promise.all(pages.map((page) => waitForStatus(page, 'signed-out')))
  await expect.poll(() => provider.families().map(({ live }) => live)).toEqual([0, 0, 0])
})

test('11 another user signs in in a second tab: the first follows, and never mixes the two (U20)', async () => {
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

test('11 page vault, isolated: another user in a second tab leaves no tab with the first (U20)', async () => {
  const { tab } = await createWorld({ client: { vault: 'page' } })
  const [one, two] = [await tab(), await tab()]
  await signIn(one)
  await two.evaluate(
    () =>
      void window.auth
        .signIn({ loginHint: 'bob', prompt: 'login', automatic: false })
        .catch(() => {}),
  )
  await expect.poll(() => two.getByTestId('user').textContent()).toBe('Bob Brown')
  await waitForStatus(one, 'signed-out')
  expect(await one.getByTestId('protected').count()).toBe(0)
})

test('11 a sign-in begun before a sign-out elsewhere does not bring the user back (U19)', async () => {
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

test('11 after sign-out a guard does not sign in again by itself (U19, U11)', async () => {
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

test('11 signed out, a new sign-in works, and its token is the new one', async () => {
  const { provider, tab } = await createWorld()
  const page = await tab()
  await signIn(page)
  await signOutEverywhere(page)
  await signIn(page, 'bob')
  expect(await accepted(provider.issuer, await token(page))).toBe(true)
  expect(await page.getByTestId('user').textContent()).toBe('Bob Brown')
})
