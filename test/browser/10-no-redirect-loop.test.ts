import { expect, test } from 'vitest'
import { reload } from './harness/reload.ts'
import { diagnostics, signIn, waitForStatus } from './harness/tab.ts'
import { worlds, type WorldOptions } from './harness/world.ts'

const createWorld = worlds()

interface Case {
  name: string
  app: WorldOptions
  /** How a session begins before the provider fails, if one does. */
  session?: 'clicked' | 'automatic'
  /** How many redirects go out by themselves, and how the page ends once they are spent. */
  redirects: number
  end: 'error' | 'signed-out'
}

const silent = { vault: 'page', silentSignIn: 'redirect' } as const

const cases: Case[] = [
  { name: 'a guard that signs in by itself', app: { required: true }, redirects: 2, end: 'error' },
  {
    name: 'silentSignIn: redirect',
    app: { client: silent },
    // Only a browser that had a session looks for it; this one loses it with the page.
    session: 'clicked',
    redirects: 1,
    end: 'signed-out',
  },
  {
    name: 'both',
    app: { required: true, client: silent },
    session: 'automatic',
    redirects: 2,
    end: 'error',
  },
]

for (const { name, app, session, redirects, end } of cases) {
  test(`U11 U12 stops after two automatic redirects at a provider that always answers an error: ${name}`, async () => {
    const { provider, tab } = await createWorld(app)
    const fail = () => provider.fail({ endpoint: 'authorization', mode: 'authorization-error' })
    if (!session) fail()
    const page = await tab()
    if (session === 'clicked') await signIn(page)
    if (session) {
      await waitForStatus(page, 'signed-in')
      fail()
      await reload(page)
    }
    await waitForStatus(page, end)
    for (let turn = 0; turn < 4; turn++) {
      await reload(page)
      await waitForStatus(page, end)
    }
    const clicks = session === 'clicked' ? 1 : 0
    expect(provider.requests('authorization')).toHaveLength(clicks + redirects)
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

test.each(['html', '503'] as const)(
  'stops after two automatic redirects at a token endpoint that always answers %s',
  async (mode) => {
    const { provider, tab } = await createWorld({ required: true })
    provider.fail({ endpoint: 'token', mode })
    const page = await tab()
    await waitForStatus(page, 'error')
    for (let turn = 0; turn < 4; turn++) {
      await reload(page)
      await waitForStatus(page, 'error')
    }
    expect(provider.requests('authorization')).toHaveLength(2)
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
