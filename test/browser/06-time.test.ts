import type { Page } from 'playwright-core'
import { test } from 'vitest'
import { CLOCK_CHANNEL, type ClockState } from './harness/clock.ts'
import {
  accepted,
  beginSignIn,
  diagnostics,
  setHidden,
  signIn,
  status,
  token,
  waitForStatus,
} from './harness/tab.ts'
import { worlds } from './harness/world.ts'

const createWorld = worlds()
const HOUR = 3_600_000
const DAY = 24 * HOUR

/** Turns the device's clock, or puts the device to sleep: in the page and, unless there is none, in the worker. */
const setClock = (page: Page, state: ClockState, threads: string[] = ['page', 'worker']) =>
  page.evaluate(
    async ({ channelName, state, threads }) => {
      const channel = new BroadcastChannel(channelName)
      const id = Math.random()
      const waiting = new Set(threads)
      const done = new Promise<void>((resolve) => {
        channel.addEventListener('message', ({ data }) => {
          const { done, where } = data as { done: number; where: string }
          if (done === id) waiting.delete(where)
          if (waiting.size === 0) resolve()
        })
      })
      channel.postMessage({ id, state })
      await done
      channel.close()
    },
    { channelName: CLOCK_CHANNEL, state, threads },
  )

const vaults = [
  { vault: 'worker', threads: ['page', 'worker'] },
  { vault: 'page', threads: ['page'] },
] as const

for (const { vault, threads } of vaults) {
  test.concurrent(
    `6 timers frozen past expiry, then a call: no expired token is handed out (U4, U7, T-07) [${vault}]`,
    async ({ onTestFinished, expect }) => {
      const { provider, tab } = await createWorld(
        {
          clock: 0,
          watch: true,
          client: { vault },
          provider: { accessTokenTtl: 3 },
        },
        onTestFinished,
      )
      const page = await tab()
      await signIn(page)
      const before = await token(page)
      await setClock(page, { asleep: true }, [...threads])
      await expect
        .poll(() => accepted(provider.issuer, provider.secrets().accessTokens.at(-1)!), {
          timeout: 10_000,
        })
        .toBe(false)
      // Woken and asked in the same turn: nothing had time to renew.
      const woken = setClock(page, { asleep: false }, [...threads])
      const fresh = await token(page)
      await woken
      expect(fresh).not.toBe(before)
      expect(await accepted(provider.issuer, fresh)).toBe(true)
      expect(await status(page)).toBe('signed-in')
    },
  )

  for (const [name, offset] of [
    ['+1 h', HOUR],
    ['−1 h', -HOUR],
    ['+1 day', DAY],
    ['−1 day', -DAY],
  ] as const) {
    test.concurrent(
      `6 the clock jumps ${name} while signed in: signed in, a valid token, no loop (U7, T-07) [${vault}]`,
      async ({ onTestFinished, expect }) => {
        const { provider, tab } = await createWorld(
          {
            clock: 0,
            watch: true,
            client: { vault },
            provider: { accessTokenTtl: 30 },
          },
          onTestFinished,
        )
        const page = await tab()
        await signIn(page)
        await setClock(page, { offset }, [...threads])
        const first = await token(page)
        expect(await accepted(provider.issuer, first)).toBe(true)
        const second = await token(page, { forceRefresh: true })
        expect(await accepted(provider.issuer, second)).toBe(true)
        await setClock(page, { offset: 0 }, [...threads])
        expect(await accepted(provider.issuer, await token(page))).toBe(true)
        expect(await status(page)).toBe('signed-in')
        expect((await diagnostics(page)).errors).toEqual([])
        expect(provider.requests('token').length).toBeLessThanOrEqual(5)
      },
    )
  }
}

test.concurrent(
  '6 a token expired by a jump forward is not believed again after the jump back',
  async ({ onTestFinished, expect }) => {
    const { provider, tab } = await createWorld(
      { clock: 0, provider: { accessTokenTtl: 3 } },
      onTestFinished,
    )
    const page = await tab()
    await signIn(page)
    const first = await token(page)
    // An hour back, and then the token dies: the wall clock says that it has an hour to live.
    await setClock(page, { offset: -HOUR })
    await expect.poll(() => accepted(provider.issuer, first), { timeout: 10_000 }).toBe(false)
    expect(await accepted(provider.issuer, await token(page))).toBe(true)
  },
)

test.concurrent(
  '6 hidden past expiry and seen again: the token is renewed without being asked for (U4)',
  async ({ onTestFinished, expect }) => {
    const { provider, tab } = await createWorld(
      { watch: true, provider: { accessTokenTtl: 3 } },
      onTestFinished,
    )
    const page = await tab()
    await signIn(page)
    await setHidden(page, true)
    const count = () => provider.requests('token').length
    await expect
      .poll(() => accepted(provider.issuer, provider.secrets().accessTokens.at(-1)!), {
        timeout: 10_000,
      })
      .toBe(false)
    const before = count()
    await setHidden(page, false)
    await expect.poll(count, { timeout: 1000 }).toBe(before + 1)
  },
)

const lifetimes = [
  { name: 'missing', expiresIn: 'omit' },
  { name: 'a number in a string', expiresIn: { value: '3600' } },
  { name: '0', expiresIn: { value: 0 } },
  { name: '1e12', expiresIn: { value: 1e12 } },
] as const

test.concurrent.for(lifetimes)(
  '6 expires_in $name: signed in, bounded requests (T-03, T-04, T-05, T-06)',
  async ({ expiresIn }, { onTestFinished, expect }) => {
    const { provider, tab } = await createWorld(
      { watch: true, provider: { expiresIn } },
      onTestFinished,
    )
    const page = await tab()
    await signIn(page)
    const got = await token(page)
    expect(await accepted(provider.issuer, got)).toBe(true)
    const before = provider.requests('token').length
    const started = Date.now()
    await expect.poll(() => Date.now() - started, { timeout: 5000 }).toBeGreaterThan(3000)
    expect(provider.requests('token').length - before).toBeLessThanOrEqual(4)
    expect(await status(page)).toBe('signed-in')
  },
)

test.concurrent.for([{ value: -1 }, { value: 'soon' }, { value: '3600abc' }, { value: {} }])(
  '6 expires_in $value: a typed error, nobody half signed in (T-03)',
  async ({ value }, { onTestFinished, expect }) => {
    const { provider, tab } = await createWorld(
      { provider: { expiresIn: { value } } },
      onTestFinished,
    )
    const page = await tab()
    await beginSignIn(page)
    await waitForStatus(page, 'error')
    expect(await page.evaluate(() => window.sessionLog.at(-1)?.code)).toBe('invalid_response')
    await expect.poll(() => provider.families()).toMatchObject([{ live: 0 }])
  },
)

test.concurrent(
  '6 expires_in that turns senseless on refresh: the session is kept, the valid token served (U3)',
  async ({ onTestFinished, expect }) => {
    const { provider, tab } = await createWorld({}, onTestFinished)
    const page = await tab()
    await signIn(page)
    const before = await token(page)
    provider.change({ expiresIn: { value: 'soon' } })
    page.evaluate(() => window.auth.getAccessToken({ forceRefresh: true })).catch(() => {})
    await expect.poll(() => provider.requests('token').length).toBe(2)
    expect(await token(page)).toBe(before)
    expect(await status(page)).toBe('signed-in')
  },
)

for (const { vault } of vaults) {
  test.concurrent.for([
    ['10 minutes slow', -10 * 60_000],
    ['10 minutes fast', 10 * 60_000],
    ['20 hours slow', -20 * HOUR],
    ['20 hours fast', 20 * HOUR],
  ] as const)(
    `6 a device clock %s at sign-in: works, offset in diagnostics (U7, T-37) [${vault}]`,
    async ([, wrong], { onTestFinished, expect }) => {
      const { provider, tab } = await createWorld(
        { clock: wrong, client: { vault } },
        onTestFinished,
      )
      const page = await tab()
      await signIn(page)
      const { clockOffset } = await diagnostics(page)
      expect(Math.abs(clockOffset! + wrong)).toBeLessThan(5000)
      expect(await accepted(provider.issuer, await token(page, { forceRefresh: true }))).toBe(true)
      expect(await status(page)).toBe('signed-in')
    },
  )

  test.concurrent.for([
    ['slow', -365 * DAY],
    ['fast', 365 * DAY],
  ] as const)(
    `6 a device clock a year %s: clock_skew, which says by how much (T-22, T-37) [${vault}]`,
    async ([, wrong], { onTestFinished, expect }) => {
      const { provider, tab } = await createWorld(
        { clock: wrong, client: { vault } },
        onTestFinished,
      )
      const page = await tab()
      await beginSignIn(page)
      await waitForStatus(page, 'error')
      const error = await page.evaluate(() => {
        const session = window.auth.getSession()
        return session.status === 'error' ? [session.error.code, session.error.message] : []
      })
      expect(error[0]).toBe('clock_skew')
      expect(error[1]).toMatch(/36[45](\.\d)? days/)
      await expect.poll(() => provider.families()).toMatchObject([{ live: 0 }])
    },
  )
}
