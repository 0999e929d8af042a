import { test } from 'vitest'
import { setClock } from './harness/set-clock.ts'
import {
  accepted,
  beginSignIn,
  diagnostics,
  setHidden,
  signIn,
  status,
  token,
  untilExpired,
  waitForStatus,
} from './harness/tab.ts'
import { underWay } from './harness/under-way.ts'
import { worlds } from './harness/world.ts'

const createWorld = worlds()
const HOUR = 3_600_000
const DAY = 24 * HOUR

const vaults = [
  { vault: 'worker', threads: ['page', 'worker'] },
  { vault: 'page', threads: ['page'] },
] as const

for (const { vault, threads } of vaults) {
  test.concurrent(
    `U4 U7 T-07 hands out no expired token in the first call after timers were frozen past expiry [${vault}]`,
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
      await untilExpired(provider)
      // The device wakes and the token is asked for in the same turn, so no refresh had time to end.
      const woken = underWay(setClock(page, { asleep: false }, [...threads]))
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
      `U7 T-07 stays signed in with a valid token, without a loop, when the clock jumps by ${name} [${vault}]`,
      async ({ onTestFinished, expect }) => {
        const { provider, tab } = await createWorld(
          {
            clock: 0,
            watch: true,
            client: { vault },
            provider: { accessTokenTtl: 300 },
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
  'does not believe a token again, after it expired, because the clock was set back',
  async ({ onTestFinished, expect }) => {
    const { provider, tab } = await createWorld(
      { clock: 0, provider: { accessTokenTtl: 3 } },
      onTestFinished,
    )
    const page = await tab()
    await signIn(page)
    const first = await token(page)
    // The clock goes back an hour, and then the token expires: by the wall clock it has an hour to live.
    await setClock(page, { offset: -HOUR })
    expect(await untilExpired(provider)).toBe(first)
    expect(await accepted(provider.issuer, await token(page))).toBe(true)
  },
)

test.concurrent(
  'U4 refreshes a watched token by itself when a tab is shown again after expiry',
  async ({ onTestFinished, expect }) => {
    const { provider, tab } = await createWorld(
      { watch: true, provider: { accessTokenTtl: 3 } },
      onTestFinished,
    )
    const page = await tab()
    await signIn(page)
    await setHidden(page, true)
    const count = () => provider.requests('token').length
    await untilExpired(provider)
    const before = count()
    await setHidden(page, false)
    await expect.poll(count).toBe(before + 1)
  },
)

const lifetimes = [
  { name: 'missing', expiresIn: 'omit' },
  { name: 'a number in a string', expiresIn: { value: '3600' } },
  { name: '0', expiresIn: { value: 0 } },
  { name: '1e12', expiresIn: { value: 1e12 } },
] as const

test.concurrent.for(lifetimes)(
  'T-03 T-04 T-05 T-06 signs in, and makes a bounded number of requests, when expires_in is $name',
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
    const startedAt = Date.now()
    await new Promise((resolve) => setTimeout(resolve, 3000))
    const made = provider.requests('token').length - before
    // One a second at most, however long the three seconds were.
    expect(made).toBeLessThanOrEqual((Date.now() - startedAt) / 1000 + 1)
    expect(await status(page)).toBe('signed-in')
  },
)

test.concurrent.for([{ value: -1 }, { value: 'soon' }, { value: '3600abc' }, { value: {} }])(
  'T-03 ends a sign-in with a typed error, and revokes its tokens, when expires_in is $value',
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
  'U3 keeps the session, and serves the valid token, when a refresh answers a senseless expires_in',
  async ({ onTestFinished, expect }) => {
    const { provider, tab } = await createWorld({}, onTestFinished)
    const page = await tab()
    await signIn(page)
    const before = await token(page)
    provider.change({ expiresIn: { value: 'soon' } })
    page.evaluate(() => window.auth.getAccessToken({ forceRefresh: true })).catch(() => {})
    await expect.poll(() => provider.requests('token').length).toBeGreaterThanOrEqual(2)
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
    `U7 T-37 signs in with a device clock %s, and has the offset in diagnostics [${vault}]`,
    async ([, wrong], { onTestFinished, expect }) => {
      const { provider, tab } = await createWorld(
        { clock: wrong, client: { vault } },
        onTestFinished,
      )
      const page = await tab()
      await signIn(page)
      const { clockOffset } = await diagnostics(page)
      // On a busy machine an answer is under way for seconds.
      expect(Math.abs(clockOffset! + wrong)).toBeLessThan(60_000)
      expect(await accepted(provider.issuer, await token(page, { forceRefresh: true }))).toBe(true)
      expect(await status(page)).toBe('signed-in')
    },
  )

  test.concurrent.for([
    ['slow', -365 * DAY],
    ['fast', 365 * DAY],
  ] as const)(
    `T-22 T-37 refuses a device clock a year %s with clock_skew, and says by how much it is wrong [${vault}]`,
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
