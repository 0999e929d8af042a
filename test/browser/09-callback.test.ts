import type { Page } from 'playwright-core'
import { test } from 'vitest'
import {
  beginSignIn,
  diagnostics,
  sessionLog,
  signIn,
  status,
  until,
  waitForStatus,
} from './harness/tab.ts'
import { underWay } from './harness/under-way.ts'
import { worlds } from './harness/world.ts'

const createWorld = worlds()

/** Waits for the next authorization response that this tab is sent to. */
const callback = (page: Page): Promise<string> => {
  const isCallback = (url: string) => /[?&]code=/.test(url) && /[?&]state=/.test(url)
  const request = page.waitForRequest((one) => isCallback(one.url()))
  return underWay(request.then((one) => one.url()))
}

const codes = async (page: Page) => (await diagnostics(page)).errors.map(({ code }) => code)

const firstSeen = (page: Page) => page.evaluate(() => window.firstSeenUrls[0])

for (const app of [
  { strict: true },
  { twice: true },
  { strict: true, twice: true },
  { bare: true },
]) {
  test.concurrent(
    `U9 A-11 A-12 makes one code exchange, and cleans the URL before children render: ${JSON.stringify(app)}`,
    async ({ onTestFinished, expect }) => {
      const { provider, site, tab } = await createWorld(app, onTestFinished)
      const page = await tab()
      await signIn(page)
      expect(provider.requests('token')).toHaveLength(1)
      await expect.poll(() => page.url()).toBe(`${site.url}/`)
      if (!app.bare) expect(await firstSeen(page)).toBe(`${site.url}/`)
      expect(await page.evaluate(() => window.popStates.join())).not.toContain('code=')
    },
  )
}

test.concurrent(
  'U9 makes one code exchange when the app is unmounted and mounted again in the middle of it',
  async ({ onTestFinished, expect }) => {
    const { provider, tab } = await createWorld({ strict: true }, onTestFinished)
    const page = await tab()
    const hold = provider.hold({ endpoint: 'token' })
    await beginSignIn(page)
    await hold.arrived()
    await page.evaluate(() => {
      window.unmount()
      window.remount()
    })
    expect(await status(page)).toBe('signing-in')
    hold.release()
    await waitForStatus(page, 'signed-in')
    await expect.poll(() => page.getByTestId('user').textContent()).toBe('Alice Adams')
    expect(provider.requests('token')).toHaveLength(1)
  },
)

test.concurrent(
  'brings the user back to the page of before, query and fragment included',
  async ({ onTestFinished, expect }) => {
    const { site, tab } = await createWorld({}, onTestFinished)
    const page = await tab('/deep/page?tab=2#part')
    await signIn(page)
    await expect.poll(() => page.url()).toBe(`${site.url}/deep/page?tab=2#part`)
    expect(await page.evaluate(() => window.popStates)).toEqual([
      `${site.url}/deep/page?tab=2#part`,
    ])
  },
)

test.concurrent(
  'U10 A-03 answers state_mismatch to a redirect URL opened twice in one tab, and leaves the session untouched',
  async ({ onTestFinished, expect }) => {
    const { provider, site, tab } = await createWorld({}, onTestFinished)
    const page = await tab()
    const url = callback(page)
    await signIn(page)
    await page.goto(await url)
    await waitForStatus(page, 'signed-in')
    await expect.poll(() => codes(page)).toEqual(['state_mismatch'])
    await expect.poll(() => page.url()).toBe(`${site.url}/`)
    expect(provider.requests('token')).toHaveLength(1)
  },
)

test.concurrent(
  'U10 gives a used redirect URL in a second tab a typed outcome and a clean URL, and sends nothing',
  async ({ onTestFinished, expect }) => {
    const { provider, site, tab } = await createWorld({}, onTestFinished)
    const page = await tab()
    const url = callback(page)
    await signIn(page)
    const other = await tab((await url).slice(site.url.length))
    await waitForStatus(other, 'signed-in')
    await expect.poll(() => codes(other)).toHaveLength(1)
    await expect.poll(() => other.url()).toBe(`${site.url}/`)
    expect(await firstSeen(other)).toBe(`${site.url}/`)
    expect(await status(page)).toBe('signed-in')
    expect(provider.requests('token')).toHaveLength(1)
  },
)

test.concurrent(
  'U10 answers transaction_missing to a pasted redirect URL without a session, and sends nothing',
  async ({ onTestFinished, expect }) => {
    const { provider, site, tab } = await createWorld(
      { provider: { autoLogin: undefined } },
      onTestFinished,
    )
    const page = await tab()
    const authorization = underWay(page.waitForRequest((one) => one.url().includes('/auth?')))
    await beginSignIn(page, '')
    const state = new URL((await authorization).url()).searchParams.get('state')!
    const forged = `${state.slice(0, -6)}abcdef`
    const stranger = await tab(
      `/?code=x&state=${forged}&iss=${encodeURIComponent(provider.issuer)}`,
    )
    await waitForStatus(stranger, 'signed-out')
    expect(await stranger.evaluate(() => window.auth.getSession())).toMatchObject({
      reason: 'transaction_missing',
    })
    await expect.poll(() => stranger.url()).toBe(`${site.url}/`)
    expect(provider.requests('token')).toHaveLength(0)
  },
)

test.concurrent(
  'U10 stays signed in at the back button after sign-in and a second page, and sends nothing twice',
  async ({ onTestFinished, expect }) => {
    const { provider, site, tab } = await createWorld({}, onTestFinished)
    const page = await tab()
    await signIn(page)
    await page.goto(`${site.url}/other`)
    await waitForStatus(page, 'signed-in')
    for (let step = 0; step < 2; step++) {
      await page.goBack({ waitUntil: 'commit' })
      await waitForStatus(page, 'signed-in')
    }
    expect(provider.requests('token')).toHaveLength(1)
  },
)

test.concurrent(
  'keeps one session when the user goes back to the provider’s page and forward again',
  async ({ onTestFinished, expect }) => {
    const { provider, tab } = await createWorld(
      { provider: { autoLogin: undefined } },
      onTestFinished,
    )
    const page = await tab()
    await beginSignIn(page, '')
    await page.getByText('Alice Adams').click()
    await waitForStatus(page, 'signed-in')
    expect(provider.requests('token')).toHaveLength(1)
    // Not `goBack()`: it minds that the page it leaves to, or comes back to, goes on by itself.
    await page.evaluate(() => history.back()).catch(() => {})
    await page.waitForURL(/interaction/)
    await page.evaluate(() => history.forward()).catch(() => {})
    await waitForStatus(page, 'signed-in')
    expect(provider.requests('token')).toHaveLength(1)
  },
)

test.concurrent(
  'A-11 sends a code once when window.open cloned its transaction, and tells the clone why',
  async ({ onTestFinished, expect }) => {
    const { provider, site, context, tab } = await createWorld({}, onTestFinished)
    const page = await tab()
    const opening = underWay(context.waitForEvent('page'))
    // On its way out the page opens a window, which starts with a copy of sessionStorage.
    await page.evaluate(() => {
      const leaving = window as unknown as { navigation: EventTarget }
      leaving.navigation.addEventListener('navigate', () => window.open('/blank'), { once: true })
    })
    const token = provider.hold({ endpoint: 'token' })
    const url = callback(page)
    await beginSignIn(page)
    const clone = await opening
    await clone.waitForLoadState()
    expect(await clone.evaluate(() => JSON.stringify({ ...sessionStorage }))).toContain(
      'code_verifier',
    )
    await token.arrived()
    await clone.goto(await url)
    token.release()
    await waitForStatus(page, 'signed-in')
    await waitForStatus(clone, 'signed-in')
    // The worker may report the session before the clone learns the outcome of its own response.
    const learned = await until(
      () => codes(clone),
      (seen) => seen.length > 0,
      'the clone to learn',
    )
    expect(learned).toEqual(['state_mismatch'])
    expect(await codes(page)).toEqual([])
    await expect.poll(() => clone.url()).toBe(`${site.url}/`)
    expect(provider.requests('token')).toHaveLength(1)
  },
)

test.concurrent(
  'A-39 spends no code in a redirect page inside a frame, and says what to do',
  async ({ onTestFinished, expect }) => {
    const { provider, site, context } = await createWorld({}, onTestFinished)
    const page = await context.newPage()
    await page.goto(`${site.url}/blank`)
    await page.evaluate(() => document.body.append(document.createElement('iframe')))
    const frame = await until(() => page.frames()[1], Boolean, 'the frame')
    await frame!.goto(site.url)
    await frame!.waitForFunction(() => window.auth.getSession().status === 'signed-out')
    await beginSignIn(frame!)
    await frame!.waitForFunction(() => window.auth?.getSession().status === 'error')
    const code = () => (window.auth.getSession() as { error?: { code: string } }).error?.code
    expect(await frame!.evaluate(code)).toBe('authorization_failed')
    expect(provider.requests('token')).toHaveLength(0)
    await expect.poll(() => new URL(frame!.url()).search).toBe('')
  },
)

test.concurrent(
  'U10 answers transaction_missing to a sign-in finished in a new tab, as a magic link is, and lets that tab sign in',
  async ({ onTestFinished, expect }) => {
    const { provider, site, context, tab } = await createWorld(
      { provider: { autoLogin: undefined } },
      onTestFinished,
    )
    const page = await tab()
    await beginSignIn(page, '')
    await page.getByText('Alice Adams').waitFor()
    const link = await context.newPage()
    await link.goto(page.url())
    await link.getByText('Alice Adams').click()
    await waitForStatus(link, 'signed-out')
    expect(await link.evaluate(() => window.auth.getSession())).toMatchObject({
      reason: 'transaction_missing',
    })
    await expect.poll(() => link.url()).toBe(`${site.url}/`)
    expect(provider.requests('token')).toHaveLength(0)
    await signIn(link)
    expect(provider.requests('token')).toHaveLength(1)
  },
)

for (const path of ['/', '/connect/github']) {
  test.concurrent(
    `W12 leaves the code and state of another flow on ${path} alone, and the session untouched`,
    async ({ onTestFinished, expect }) => {
      const { provider, site, tab } = await createWorld({}, onTestFinished)
      const page = await tab()
      await signIn(page)
      const foreign = `${path}?code=foreign&state=not-ours&keep=1#fragment`
      await page.goto(site.url + foreign)
      await waitForStatus(page, 'signed-in')
      await expect.poll(() => page.url()).toBe(site.url + foreign)
      expect(await firstSeen(page)).toBe(site.url + foreign)
      expect(await codes(page)).toEqual([])
      expect(provider.requests('token')).toHaveLength(1)
    },
  )
}

test.concurrent(
  'W12 leaves our own response alone when it lands off the redirect path, in a tab that did not begin it',
  async ({ onTestFinished, expect }) => {
    const { provider, site, tab } = await createWorld({}, onTestFinished)
    const page = await tab()
    const url = callback(page)
    await signIn(page)
    const elsewhere = (await url).replace(`${site.url}/`, `${site.url}/elsewhere`)
    const other = await tab()
    await other.goto(elsewhere)
    await waitForStatus(other, 'signed-in')
    await expect.poll(() => other.url()).toBe(elsewhere)
    expect(provider.requests('token')).toHaveLength(1)
  },
)

test.concurrent(
  'A-10 A-12 keeps foreign parameters beside our response, and the fragment',
  async ({ onTestFinished, expect }) => {
    const { site, tab } = await createWorld({}, onTestFinished)
    const page = await tab()
    const url = callback(page)
    await signIn(page)
    await page.goto(`${await url}&utm_source=mail&session_state=x#here`)
    await waitForStatus(page, 'signed-in')
    await expect.poll(() => page.url()).toBe(`${site.url}/?utm_source=mail#here`)
  },
)

test.concurrent('A-09 refuses a parameter that comes twice', async ({ onTestFinished, expect }) => {
  const { provider, site, tab } = await createWorld({}, onTestFinished)
  const page = await tab()
  site.detour = (path) =>
    path.includes('code=') && !path.includes('again') ? `${path}&code=again` : undefined
  await beginSignIn(page)
  await waitForStatus(page, 'error')
  expect(provider.requests('token')).toHaveLength(0)
  await expect.poll(() => page.url()).toBe(`${site.url}/`)
})

test.concurrent(
  'A-35 signs in six tabs whose sign-ins are under way at once and are finished last first',
  async ({ onTestFinished, expect }) => {
    const { provider, tab } = await createWorld(
      { provider: { autoLogin: undefined } },
      onTestFinished,
    )
    const pages = await Promise.all(Array.from({ length: 6 }, () => tab()))
    for (const page of pages) {
      await beginSignIn(page, '')
      await page.getByText('Alice Adams').waitFor()
    }
    for (const page of pages.reverse()) {
      await page.getByText('Alice Adams').click()
      await waitForStatus(page, 'signed-in')
    }
    expect(provider.requests('token').every(({ status: code }) => code === 200)).toBe(true)
  },
)

test.concurrent(
  'A-08 shows the answer access_denied as an error with a way out',
  async ({ onTestFinished, expect }) => {
    const { tab } = await createWorld({ provider: { autoLogin: undefined } }, onTestFinished)
    const page = await tab()
    await beginSignIn(page, '')
    await page.getByText('Cancel').click()
    await waitForStatus(page, 'error')
    await expect.poll(() => page.getByTestId('error').textContent()).toBe('access_denied')
    expect((await sessionLog(page)).at(-1)).toMatchObject({ code: 'access_denied' })
    await signIn(page)
  },
)
