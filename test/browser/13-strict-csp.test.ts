import { expect, test } from 'vitest'
import { diagnostics, signIn, status, token, waitForStatus } from './harness/tab.ts'
import { worlds, type World } from './harness/world.ts'

const createWorld = worlds()

const policy = (issuer: string) =>
  [
    "default-src 'self'",
    `connect-src 'self' ${issuer}`,
    "require-trusted-types-for 'script'",
    'trusted-types evertoken',
  ].join('; ')

function enforce({ site, provider }: World) {
  const headers = { 'content-security-policy': policy(provider.issuer) }
  site.pageHeaders = headers
  site.workerHeaders = headers
}

for (const workerUrl of [undefined, '/worker.js']) {
  test(`U24 A-37 works with the worker vault under a strict policy on page and worker [${workerUrl ?? 'bundled'}]`, async () => {
    const world = await createWorld({
      watch: true,
      client: workerUrl ? { workerUrl } : {},
      provider: { accessTokenTtl: 3 },
    })
    enforce(world)
    const { provider, context, tab } = world
    const violations: string[] = []
    await context.exposeBinding('violated', (_source, text: string) => violations.push(text))
    await context.addInitScript(() => {
      addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sample }) => {
        ;(window as unknown as { violated: (text: string) => void }).violated(
          `${violatedDirective} ${blockedURI} ${sample}`,
        )
      })
    })
    const page = await tab()
    await signIn(page)
    expect((await diagnostics(page)).vault).toBe('worker')
    await expect.poll(() => provider.requests('token').length).toBeGreaterThanOrEqual(3)
    await page.reload()
    await waitForStatus(page, 'signed-in')
    expect(await token(page, { forceRefresh: true })).toBe(provider.secrets().accessTokens.at(-1))
    await page.evaluate(() => window.auth.signOut({ provider: false }))
    await waitForStatus(page, 'signed-out')
    await expect.poll(() => provider.requests('revocation').length).toBe(1)
    expect(violations).toEqual([])
  })
}

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
})
