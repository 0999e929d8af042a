import { test } from 'vitest'
import {
  sessionLog,
  signIn,
  status,
  token,
  tokenOrCode,
  untilExpired,
  waitForStatus,
} from './harness/tab.ts'
import { worlds } from './harness/world.ts'

const createWorld = worlds()

for (const vault of ['worker', 'page'] as const) {
  for (const mode of ['drop-answer', 'no-cors', 'lose-answer'] as const) {
    test.concurrent(
      `T-16 sends a refresh again with backoff, and ends as answer_lost without a loop, after the provider rotated and the answer met ${mode} [${vault}]`,
      async ({ onTestFinished, expect }) => {
        const { provider, tab } = await createWorld(
          {
            client: { vault },
            provider: { accessTokenTtl: 1 },
          },
          onTestFinished,
        )
        const page = await tab()
        await signIn(page)
        provider.fail({ endpoint: 'token', mode, times: 1 })
        await untilExpired(provider)
        await expect.poll(() => tokenOrCode(page)).toBe('error: session_expired')
        await waitForStatus(page, 'expired')
        expect(await page.evaluate(() => window.auth.getSession())).toMatchObject({
          status: 'expired',
          reason: 'answer_lost',
          user: { sub: 'alice' },
        })
        const [, lost, again, ...more] = provider.requests('token')
        expect(again!.refreshToken).toBe(lost!.refreshToken)
        expect(again!.at - lost!.at).toBeGreaterThan(200)
        expect(more).toEqual([])
        await signIn(page)
      },
    )

    test.concurrent(
      `T-16 recovers without a trace in the session when the answer met ${mode} at a provider with a grace window [${vault}]`,
      async ({ onTestFinished, expect }) => {
        const { provider, tab } = await createWorld(
          {
            client: { vault },
            provider: { accessTokenTtl: 2, graceMs: 120_000 },
          },
          onTestFinished,
        )
        const page = await tab()
        await signIn(page)
        provider.fail({ endpoint: 'token', mode, times: 1 })
        await untilExpired(provider)
        await expect.poll(() => tokenOrCode(page)).not.toContain('error')
        expect(await status(page)).toBe('signed-in')
        const statuses = (await sessionLog(page)).map((one) => one.status)
        expect(statuses.slice(statuses.indexOf('signed-in'))).toEqual(['signed-in'])
        expect(provider.families()).toMatchObject([{ reused: false, live: 1 }])
        await token(page, { forceRefresh: true })
      },
    )
  }
}

test.concurrent(
  'expires every tab when the answer to one is lost, and never shows another user',
  async ({ onTestFinished, expect }) => {
    const { provider, tab } = await createWorld({}, onTestFinished)
    const [one, two] = [await tab(), await tab()]
    await signIn(one)
    await waitForStatus(two, 'signed-in')
    provider.fail({ endpoint: 'token', mode: 'drop-answer', times: 1 })
    await expect.poll(() => tokenOrCode(one, { forceRefresh: true })).toBe('error: session_expired')
    for (const page of [one, two]) {
      await waitForStatus(page, 'expired')
      expect((await sessionLog(page)).map(({ sub }) => sub).filter(Boolean)).toEqual(
        expect.arrayContaining(['alice']),
      )
      expect(JSON.stringify(await sessionLog(page))).not.toContain('bob')
    }
  },
)

test.concurrent(
  'keeps the session after a lost answer when the provider does not rotate',
  async ({ onTestFinished, expect }) => {
    const { provider, tab } = await createWorld(
      {
        provider: { rotate: false, accessTokenTtl: 1 },
      },
      onTestFinished,
    )
    const page = await tab()
    await signIn(page)
    provider.fail({ endpoint: 'token', mode: 'drop-answer', times: 2 })
    await untilExpired(provider)
    await expect.poll(() => tokenOrCode(page)).not.toContain('error')
    expect(await status(page)).toBe('signed-in')
  },
)
