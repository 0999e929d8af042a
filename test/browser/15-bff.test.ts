// BFF mode with the real handler and a real provider, in three engines: the refresh token never comes near the page.
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { seededRandom } from '../support/seeded-random.ts'
import { expectChangeOfUser } from './harness/change-of-user.ts'
import {
  accepted,
  address,
  diagnostics,
  loadedAt,
  sessionLog,
  signIn,
  status,
  token,
  tokenOrCode,
  until,
  waitForStatus,
} from './harness/tab.ts'
import { bffWorlds, type BffWorld } from './harness/bff-world.ts'
import { clickSignIn, popupEnded, settled } from './harness/popup.ts'

/** What the page could read of what the browser holds. */
const readable = (page: Page) =>
  page.evaluate(() =>
    JSON.stringify([document.cookie, { ...localStorage }, { ...sessionStorage }, location.href]),
  )

/** The session ends at the backend, and nobody tells the browser. */
async function endAtBackend({ context, site, bff }: BffWorld): Promise<void> {
  const cookies = await context.cookies(site.url)
  const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ')
  const url = `${site.url}/bff/logout`
  const headers = { cookie, 'x-csrf': '1', origin: site.url }
  const answer = await bff.handle(new Request(url, { method: 'POST', headers }))
  expect(answer?.status).toBe(200)
}

describe.each(['chromium', 'firefox', 'webkit'] as const)('%s', (engine) => {
  const createWorld = bffWorlds({ engine })

  test('asks nobody for a visitor, signs in by one navigation, and keeps the session over a reload', async () => {
    const { site, provider, tab } = await createWorld()
    const page = await tab('/some/page?x=1')
    await waitForStatus(page, 'signed-out')
    expect(site.requests('/bff/session')).toBe(0)
    await signIn(page)
    expect(await address(page)).toBe(`${site.url}/some/page?x=1`)
    expect(site.requests('/bff/session')).toBe(1)
    expect((await diagnostics(page)).vault).toBe('bff')
    expect(await accepted(provider.issuer, await token(page))).toBe(true)
    await page.reload()
    await waitForStatus(page, 'signed-in')
    expect(site.requests('/bff/session')).toBe(2)
    // No other state between: a user who is signed in sees no sign-in button.
    expect((await sessionLog(page)).map((seen) => seen.status)).toEqual(['restoring', 'signed-in'])
    expect(provider.requests('authorization')).toHaveLength(1)
  })

  test('U19 shows a sign-in and a sign-out in the other tab at once', async () => {
    const { provider, tab } = await createWorld()
    const [one, two] = [await tab(), await tab()]
    await waitForStatus(two, 'signed-out')
    await signIn(one)
    await waitForStatus(two, 'signed-in')
    expect(await accepted(provider.issuer, await token(two))).toBe(true)
    await two.evaluate(() => window.auth.signOut({ provider: false }))
    await waitForStatus(one, 'signed-out')
    expect(await tokenOrCode(one)).toBe('error: signed_out')
    await expect.poll(() => provider.families()).toMatchObject([{ live: 0 }])
    await one.reload()
    await waitForStatus(one, 'signed-out')
  })

  test('U20 shows another user in every tab, with that user’s token', async () => {
    await expectChangeOfUser(await createWorld())
  })
})

describe.each(['chromium', 'firefox'] as const)('%s, driven by Playwright', (engine) => {
  const createWorld = bffWorlds({ engine })

  test('A-18 has no token and no cookie of the session where a script could read it', async () => {
    const { provider, context, site, tab } = await createWorld()
    const page = await tab()
    await signIn(page)
    await token(page)
    const seen = await readable(page)
    const { accessTokens, refreshTokens } = provider.secrets()
    expect(refreshTokens.length).toBeGreaterThan(0)
    for (const secret of [...accessTokens, ...refreshTokens]) expect(seen).not.toContain(secret)
    const cookies = await context.cookies(site.url)
    expect(cookies.map(({ httpOnly }) => httpOnly)).not.toContain(false)
    for (const { value } of cookies) expect(seen).not.toContain(value)
  })

  test('shows a session that ended at the backend as expired, and signs in again', async () => {
    const world = await createWorld()
    const page = await world.tab()
    await signIn(page)
    await endAtBackend(world)
    expect(await tokenOrCode(page)).toBe('error: session_expired')
    await waitForStatus(page, 'expired')
    await signIn(page)
    expect(await accepted(world.provider.issuer, await token(page))).toBe(true)
  })

  test('U3 keeps the session while the backend cannot be reached, also over a reload', async () => {
    const { site, provider, tab } = await createWorld()
    const page = await tab()
    await signIn(page)
    const { backend } = site
    site.backend = ({ socket }) => void socket.destroy()
    expect(await tokenOrCode(page, { forceRefresh: true })).toBe('error: network')
    expect(await status(page)).toBe('signed-in')
    await page.reload()
    await waitForStatus(page, 'error')
    await expect.poll(async () => (await sessionLog(page)).at(-1)?.code).toBe('network')
    site.backend = backend
    // By itself: nobody clicks.
    await waitForStatus(page, 'signed-in')
    expect(await accepted(provider.issuer, await token(page))).toBe(true)
  })

  // Five hundred are in test/bff/tokens/reloads.test.ts: here it is the engine's way to cut a request off.
  test('U8 keeps the session over twenty reloads at random moments of a refresh', async () => {
    const random = seededRandom()
    const { provider, tab } = await createWorld()
    const page = await tab()
    await signIn(page)
    // The code, and at least one refresh: a quick machine is through before there may be one.
    const hasRefreshed = () => provider.requests('token').length > 1
    for (let reload = 0; reload < 20 || !hasRefreshed(); reload++) {
      await page.evaluate(() => {
        void window.auth.getAccessToken({ forceRefresh: true }).catch(() => {})
      })
      await page.waitForTimeout(random() * 40)
      await page.reload()
      await waitForStatus(page, 'signed-in')
    }
    expect(await accepted(provider.issuer, await token(page))).toBe(true)
    await expect
      .poll(() => provider.families())
      .toMatchObject([{ live: 1, reused: false, revoked: false }])
  })

  test('says that it is not the backend who answers, instead of signing out', async () => {
    const { site, tab } = await createWorld()
    const page = await tab()
    await signIn(page)
    const { backend } = site
    for (const answer of ['the page', 'a redirect'] as const) {
      site.backend = (_, response) => {
        const location = answer === 'a redirect' && { location: 'http://127.0.0.1:9/login' }
        response.writeHead(location ? 302 : 200, { 'content-type': 'text/html', ...location })
        response.end('<!doctype html>')
      }
      await page.reload()
      await waitForStatus(page, 'error')
      await expect.poll(async () => (await sessionLog(page)).at(-1)?.code).toBe('bff_misconfigured')
    }
    site.backend = backend
    await page.reload()
    await waitForStatus(page, 'signed-in')
  })

  test('signs in by a popup, and leaves the page as it is', async () => {
    const { site, provider, context, tab } = await createWorld()
    const page = await tab('/some/page?x=1#part')
    await waitForStatus(page, 'signed-out')
    const loaded = await loadedAt(page)
    await clickSignIn(page)
    await waitForStatus(page, 'signed-in')
    expect(await settled(page)).toBe('signed in')
    expect(await accepted(provider.issuer, await token(page))).toBe(true)
    expect(await loadedAt(page)).toBe(loaded)
    expect(page.url()).toBe(`${site.url}/some/page?x=1#part`)
    await popupEnded(context)
  })

  test('in proxied mode has no token in the page, and says where it is', async () => {
    const { tab } = await createWorld({ bff: { mediated: [] }, watch: true })
    const page = await tab()
    await signIn(page)
    expect(await tokenOrCode(page)).toBe('error: token_not_in_page')
    await until(
      () => page.getByTestId('token').textContent(),
      (text) => text === 'unavailable',
      'the reader of the token',
    )
    expect(await status(page)).toBe('signed-in')
  })
})
