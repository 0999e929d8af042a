import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { diagnostics, signIn, status, until, waitForStatus } from './harness/tab.ts'
import { worlds } from './harness/world.ts'

const createWorld = worlds()

const apps = [
  { name: 'a guard that signs in by itself', app: { required: true } },
  {
    name: 'silentSignIn: redirect',
    app: { client: { vault: 'page' as const, silentSignIn: 'redirect' as const } },
  },
  {
    name: 'both',
    app: { required: true, client: { silentSignIn: 'redirect' as const } },
  },
]
/** Does not wait for the load: the app may leave again before it has loaded. */
const reload = (page: Page) => page.reload({ waitUntil: 'commit' }).catch(() => {})

const settled = (now: string) => now === 'error' || now === 'signed-out'

const failures = ['authorization-error', 'html', '503'] as const

for (const { name, app } of apps) {
  test(`U11 U12 stops after two automatic redirects at a provider that always answers an error: ${name}`, async () => {
    const { provider, tab } = await createWorld(app)
    const page = await tab()
    if (!app.required) {
      // Only a browser that had a session looks for it; this one lost it with the page.
      await signIn(page)
    }
    const before = provider.requests('authorization').length
    provider.fail({ endpoint: 'authorization', mode: 'authorization-error' })
    await reload(page)
    await until(() => status(page).catch(() => ''), settled, 'an end')
    for (let turn = 0; turn < 4; turn++) {
      await reload(page)
      await until(() => status(page).catch(() => ''), settled, 'an end')
    }
    const made = provider.requests('authorization').length - before
    expect(made).toBeLessThanOrEqual(2)
    expect(made).toBeGreaterThan(0)
    // The way out is a person's click, and it is not counted.
    provider.recover()
    await signIn(page)
  })
}

test('says why in the error that ends automatic redirects', async () => {
  const { provider, tab } = await createWorld({ required: true })
  provider.fail({ endpoint: 'authorization', mode: 'authorization-error' })
  const page = await tab()
  await waitForStatus(page, 'error')
  await expect.poll(() => page.getByRole('alert').count()).toBe(1)
  const { errors } = await diagnostics(page)
  expect(errors.map(({ code }) => code)).toContain('authorization_failed')
  expect(errors.map(({ error }) => error)).toContain('server_error')
})

test.each(failures.slice(1))(
  'stops after two automatic redirects at a token endpoint that always answers %s',
  async (mode) => {
    const { provider, tab } = await createWorld({ required: true })
    provider.fail({ endpoint: 'token', mode })
    const page = await tab()
    await waitForStatus(page, 'error')
    for (let turn = 0; turn < 4; turn++) {
      await until(() => status(page).catch(() => ''), settled, 'an end')
      await reload(page)
    }
    await expect
      .poll(() => page.evaluate(() => window.auth.getSession().status).catch(() => ''))
      .toMatch(/^(error|signed-out)$/)
    expect(provider.requests('authorization').length).toBeLessThanOrEqual(2)
  },
)

test('A-22 restores a session that the vault lost by silent sign-in, with one redirect and no click', async () => {
  const { provider, tab } = await createWorld({
    client: { vault: 'page', silentSignIn: 'redirect' },
  })
  const page = await tab('/some/page')
  await signIn(page)
  provider.change({ autoLogin: undefined })
  const before = provider.requests('authorization').length
  await reload(page)
  await waitForStatus(page, 'signed-in')
  await expect.poll(() => page.url()).toContain('/some/page')
  expect(provider.requests('authorization').slice(before)).toMatchObject([{ prompt: 'none' }])
})

test('A-22 signs out after one try of silent sign-in, without an error, when the provider has no session', async () => {
  const { provider, context, tab } = await createWorld({
    client: { vault: 'page', silentSignIn: 'redirect' },
  })
  const page = await tab()
  await signIn(page)
  provider.change({ autoLogin: undefined })
  await context.clearCookies()
  const before = provider.requests('authorization').length
  await reload(page)
  await waitForStatus(page, 'signed-out')
  expect(await page.evaluate(() => window.auth.getSession())).toMatchObject({
    reason: 'login_required',
  })
  await reload(page)
  await waitForStatus(page, 'signed-out')
  expect(provider.requests('authorization').length - before).toBe(1)
})
