import { test } from 'vitest'
import type { Fault } from '../../demo/provider/index.ts'
import { setClock } from './harness/set-clock.ts'
import { signIn, status, token, tokenOrCode, untilExpired, waitForStatus } from './harness/tab.ts'
import { worlds } from './harness/world.ts'

const createWorld = worlds()

type Case = { name: string; fault: Fault; exposeRetryAfter?: boolean; offline?: boolean }
const cases: Case[] = [
  { name: '503', fault: { endpoint: 'token', mode: '503' } },
  {
    name: '503, Retry-After readable',
    fault: { endpoint: 'token', mode: '503-retry-after', seconds: 2 },
    exposeRetryAfter: true,
  },
  {
    name: '503, Retry-After hidden by CORS',
    fault: { endpoint: 'token', mode: '503-retry-after', seconds: 2 },
  },
  { name: '429', fault: { endpoint: 'token', mode: '429' } },
  {
    name: '429, Retry-After readable',
    fault: { endpoint: 'token', mode: '429-retry-after', seconds: 2 },
    exposeRetryAfter: true,
  },
  { name: 'hang', fault: { endpoint: 'token', mode: 'hang' } },
  { name: 'reset', fault: { endpoint: 'token', mode: 'reset' } },
  { name: 'HTML', fault: { endpoint: 'token', mode: 'html' } },
  { name: 'offline', fault: { endpoint: 'all', mode: 'reset' }, offline: true },
]

/** Seconds. What is left of a token when its refresh falls due is enough for a busy machine. */
const LIFETIME = 300
/** A refresh falls due a fifth of the lifetime ahead, or 15 % by jitter. Nobody waits for it: the clock is put forward. */
const DUE_MS = 0.86 * LIFETIME * 1000
/** A page looks at its clock every five seconds. */
const SEEN_MS = 6000

// Each waits for a page to see that a refresh is due, so they run at once.
test.concurrent.for(cases)(
  'U3 U4 U5 T-15 keeps the session, serves the valid token and recovers by itself when a refresh meets: $name',
  async ({ fault, exposeRetryAfter = false, offline }, { onTestFinished, expect }) => {
    const { provider, context, tab } = await createWorld(
      {
        watch: true,
        clock: 0,
        provider: { accessTokenTtl: LIFETIME, exposeRetryAfter, rotate: false },
      },
      onTestFinished,
    )
    const page = await tab()
    await signIn(page)
    const before = await token(page)
    const requests = () => provider.requests('token').length
    const start = requests()
    provider.fail(fault)
    if (offline) await context.setOffline(true)
    await setClock(page, { offset: DUE_MS })
    // Offline, none is tried.
    if (offline) await new Promise((resolve) => setTimeout(resolve, SEEN_MS))
    else await expect.poll(requests).toBeGreaterThan(start)
    expect(await token(page)).toBe(before)
    expect(await status(page)).toBe('signed-in')
    await expect.poll(() => page.getByTestId('protected').count()).toBe(1)

    if (offline) await context.setOffline(false)
    provider.recover()
    await expect
      .poll(() => page.evaluate(() => window.auth.getTokenResponse()?.access_token))
      .not.toBe(before)
    expect(await token(page)).toBe(provider.secrets().accessTokens.at(-1))
    expect(await status(page)).toBe('signed-in')
    const statuses = await page.evaluate(() => window.sessionLog.map((one) => one.status))
    expect(statuses.slice(statuses.indexOf('signed-in'))).toEqual(['signed-in'])
    expect(requests() - start).toBeLessThan(12)
  },
)

test.concurrent(
  'U21 rejects with a recoverable error in bounded time when the provider is down, and gives a token once it is back',
  async ({ onTestFinished, expect }) => {
    const { provider, tab } = await createWorld({ provider: { accessTokenTtl: 1 } }, onTestFinished)
    const page = await tab()
    await signIn(page)
    provider.fail({ endpoint: 'token', mode: '503' })
    await untilExpired(provider)
    const error = await page.evaluate(() =>
      window.auth.getAccessToken().then(
        () => undefined,
        (thrown: { code: string; recoverable: boolean }) => [thrown.code, thrown.recoverable],
      ),
    )
    expect(error).toEqual(['provider_unavailable', true])
    expect(await status(page)).toBe('signed-in')
    provider.recover()
    await expect.poll(() => tokenOrCode(page)).not.toContain('error')
  },
)

test.concurrent(
  'T-14 U23 expires once in every tab at invalid_grant, without a retry, and keeps the tree mounted',
  async ({ onTestFinished, expect }) => {
    const { provider, tab } = await createWorld({}, onTestFinished)
    const pages = [await tab(), await tab(), await tab()]
    await signIn(pages[0]!)
    for (const page of pages) {
      await waitForStatus(page, 'signed-in')
      await page.getByTestId('draft').fill('half a sentence')
    }
    await provider.revokeAll()
    const before = provider.requests('token').length
    const codes = await Promise.all(
      pages.map((page) =>
        page.evaluate(() =>
          Promise.all(
            Array.from({ length: 20 }, () =>
              window.auth
                .getAccessToken({ forceRefresh: true })
                .then(String, (error: { code: string }) => error.code),
            ),
          ),
        ),
      ),
    )
    expect(new Set(codes.flat())).toEqual(new Set(['session_expired']))
    expect(provider.requests('token')).toHaveLength(before + 1)
    for (const page of pages) {
      await waitForStatus(page, 'expired')
      const log = await page.evaluate(() => window.sessionLog)
      expect(log.filter((one) => one.status === 'expired')).toMatchObject([
        { reason: 'invalid_grant', sub: 'alice' },
      ])
      expect(await page.getByTestId('draft').inputValue()).toBe('half a sentence')
      expect(await tokenOrCode(page)).toBe('error: session_expired')
    }
    expect(provider.requests('token')).toHaveLength(before + 1)

    // A sign-in in one tab revives the others, and they keep what was typed there.
    await signIn(pages[0]!)
    for (const page of pages.slice(1)) {
      await waitForStatus(page, 'signed-in')
      expect(await page.getByTestId('draft').inputValue()).toBe('half a sentence')
    }
  },
)

test.concurrent.for(['invalid_request', 'empty-400'] as const)(
  'tries twice more, and then ends as refresh_refused, when a provider refuses a refresh token with a bare %s',
  async (mode, { onTestFinished, expect }) => {
    const { provider, tab } = await createWorld({ provider: { accessTokenTtl: 1 } }, onTestFinished)
    const page = await tab()
    await signIn(page)
    provider.fail({ endpoint: 'token', mode })
    const before = provider.requests('token').length
    await expect.poll(() => tokenOrCode(page)).toBe('error: session_expired')
    await waitForStatus(page, 'expired')
    expect(await page.evaluate(() => window.auth.getSession())).toMatchObject({
      status: 'expired',
      reason: 'refresh_refused',
    })
    expect(provider.requests('token')).toHaveLength(before + 3)
    provider.recover()
    await signIn(page)
  },
)

test.concurrent(
  'keeps the session when a token follows two bare refusals',
  async ({ onTestFinished, expect }) => {
    const { provider, tab } = await createWorld({ provider: { accessTokenTtl: 1 } }, onTestFinished)
    const page = await tab()
    await signIn(page)
    provider.fail({ endpoint: 'token', mode: 'empty-400', times: 2 })
    await untilExpired(provider)
    await expect.poll(() => tokenOrCode(page)).not.toContain('error')
    expect(await token(page)).toBe(provider.secrets().accessTokens.at(-1))
    expect(await status(page)).toBe('signed-in')
  },
)

test.concurrent(
  'U21 fails one sign-in, and not the next, when discovery fails once',
  async ({ onTestFinished }) => {
    const { provider, tab } = await createWorld({}, onTestFinished)
    const page = await tab()
    provider.fail({ endpoint: 'discovery', mode: 'html', times: 1 })
    await page.evaluate(() => window.auth.signIn({ automatic: false }).catch(() => {}))
    await waitForStatus(page, 'error')
    await signIn(page)
  },
)

test.concurrent(
  'U21 A-11 ends a failed code exchange in an error with a way out, and sends the code once',
  async ({ onTestFinished, expect }) => {
    const { provider, tab } = await createWorld({}, onTestFinished)
    const page = await tab()
    provider.fail({ endpoint: 'token', mode: 'reset', times: 1 })
    await page.evaluate(() => void window.auth.signIn({ automatic: false })).catch(() => {})
    await waitForStatus(page, 'error')
    expect(provider.requests('token')).toHaveLength(1)
    await page.reload()
    await waitForStatus(page, 'signed-out')
    expect(provider.requests('token')).toHaveLength(1)
    await signIn(page)
  },
)
