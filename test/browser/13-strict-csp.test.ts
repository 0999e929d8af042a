import { describe, expect, test } from 'vitest'
import { enforce, policy, violations } from './harness/strict-csp.ts'
import { diagnostics, signIn, status, token, waitForStatus } from './harness/tab.ts'
import { worlds } from './harness/world.ts'

describe.each(['chromium', 'firefox', 'webkit'] as const)('%s', (engine) => {
  const createWorld = worlds({ engine })

  test.each([undefined, '/worker.js'])(
    'U24 A-37 works with the worker vault under a strict policy on page and worker [%s]',
    async (workerUrl) => {
      const world = await createWorld({
        watch: true,
        client: workerUrl ? { workerUrl } : {},
        provider: { accessTokenTtl: 3 },
      })
      enforce(world)
      const { provider, tab } = world
      const [page, other] = [await tab(), await tab()]
      await signIn(page)
      expect((await diagnostics(page)).vault).toBe('worker')
      await expect.poll(() => provider.requests('token').length).toBeGreaterThanOrEqual(3)
      await waitForStatus(other, 'signed-in')
      // Else it is renewed again while it is looked at.
      provider.change({ accessTokenTtl: 300 })
      await page.reload()
      await waitForStatus(page, 'signed-in')
      expect(provider.requests('authorization')).toHaveLength(1)
      expect(await token(page, { forceRefresh: true })).toBe(provider.secrets().accessTokens.at(-1))
      await page.evaluate(() => window.auth.signOut({ provider: false }))
      await waitForStatus(page, 'signed-out')
      await expect.poll(() => provider.requests('revocation').length).toBe(1)
      expect((await violations(page)) + (await violations(other))).toBe('')
    },
  )

  test('gives a typed error, and does not hang, when the worker’s own policy forbids the provider', async () => {
    const world = await createWorld()
    enforce(world)
    world.site.workerHeaders = { 'content-security-policy': "default-src 'self'" }
    const page = await world.tab()
    const code = await page.evaluate(() =>
      window.auth.signIn({ automatic: false }).catch((error: { code: string }) => error.code),
    )
    expect(code).toBe('network')
    expect(await status(page)).toBe('error')
  })

  test('works with the page vault under the same policy, when it forbids workers', async () => {
    const world = await createWorld()
    enforce(world)
    const { site, provider, tab } = world
    site.pageHeaders = {
      'content-security-policy': `${policy(provider.issuer)}; worker-src 'none'`,
    }
    const page = await tab()
    await signIn(page)
    expect((await diagnostics(page)).vault).toBe('page')
    expect(await token(page, { forceRefresh: true })).toBe(provider.secrets().accessTokens.at(-1))
    expect(await violations(page)).toContain('worker-src')
  })
})
