import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { buildApp } from '../browser/harness/app-build.ts'
import { closeContext, launch } from '../browser/harness/browser.ts'
import { startSite, type Site } from '../browser/harness/site.ts'
import {
  diagnostics,
  status,
  token,
  tokenOrCode,
  until,
  waitForStatus,
} from '../browser/harness/tab.ts'
import type { AppOptions } from '../app/options.ts'
import { startFront, type Front } from './front.ts'
import { people, type Person, type Rig, type Running } from './rig.ts'
import { walk } from './walk.ts'

const SIGN_OUT = {
  provider: 'there and back',
  stays: 'there, and ends on its own page',
  local: 'here; no end-session endpoint',
}

/** Providers of one process in slow languages, on a machine that has other work. */
const PATIENCE_MS = 60_000

/** What an application does with a provider from the first sign-in to the last sign-out, in both engines. */
export function journey(rig: Rig): void {
  const folder = mkdtempSync(join(tmpdir(), 'evertoken-interop-'))
  const known = rig.people ?? people
  let site: Site
  let front: Front
  let provider: Running

  beforeAll(async () => {
    site = await startSite({ dir: await buildApp(), clock: false })
    front = await startFront()
    provider = await rig.start({ folder, front, app: `${site.url}/` })
  })
  afterAll(async () => {
    await provider?.close()
    await front?.close()
    await site?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  describe.each(['chromium', 'firefox'] as const)(`${rig.name} in %s`, (engine) => {
    let browser: Browser
    beforeAll(async () => {
      browser = await launch({ engine })
      console.log(
        `provider: ${rig.name} | ${rig.version()} | ${rig.language} | ${engine} ${browser.version()}`,
      )
    })
    afterAll(async () => await browser?.close())

    /** What was seen, for the table in docs/providers.md. */
    const seen = (step: string, words = 'yes') =>
      console.log(`seen: ${rig.name} | ${engine} | ${step} | ${words}`)

    /** A browser profile of its own, so that nothing is left of the test before. */
    async function world(
      client: Partial<AppOptions['client']> = {},
      app: Partial<AppOptions> = {},
    ) {
      front.recover()
      const issuer = provider.issuer
      site.options = { ...app, client: { issuer, clientId: 'spa', ...rig.client, ...client } }
      const context = await browser.newContext()
      onTestFinished(async () => await closeContext(context))
      const tab = async () => {
        const page = await context.newPage()
        await page.goto(`${site.url}/`)
        return page
      }
      return { tab, page: await tab() }
    }

    const through = (page: Page, steps: Rig['signIn'], options = {}, person: Person = 'alice') =>
      walk(page, () => begin(page, options), { app: site.url, steps, person })

    async function signedIn(page: Page, person: Person = 'alice', options = {}): Promise<void> {
      await through(page, rig.signIn, options, person)
      await waitForStatus(page, 'signed-in', PATIENCE_MS)
    }
    const refreshes = () => front.requests(/./, 'refresh_token')
    const session = (page: Page) =>
      page.evaluate(() => JSON.parse(JSON.stringify(window.auth.getSession())) as Ended)

    test('signs in, with the claims of profile and email', async () => {
      const { page } = await world({}, { claims: ['name', 'email'] })
      const userInfo = () => front.requests(/userinfo|\/me$/).length
      const before = userInfo()
      await signedIn(page)
      const { name, email } = known.alice
      expect(await session(page)).toMatchObject({ user: { name, email } })
      expect((await diagnostics(page)).vault).toBe('worker')
      seen('sign-in', 'worker')
      seen('name and e-mail', userInfo() > before ? 'UserInfo' : 'ID token')
    })

    test('keeps the session over a reload, and a second tab has it', async () => {
      const { page, tab } = await world()
      await signedIn(page)
      const before = front.requests(/./).length
      const second = await tab()
      await waitForStatus(second, 'signed-in', PATIENCE_MS)
      await page.reload()
      await waitForStatus(page, 'signed-in', PATIENCE_MS)
      expect(front.requests(/./)).toHaveLength(before)
      seen('reload, second tab', 'no request')
    })

    test('refreshes, and the new token is good', async () => {
      const { page } = await world()
      await signedIn(page)
      const before = refreshes().length
      const tokens = [await token(page)]
      for (let i = 0; i < 3; i++) tokens.push(await token(page, { forceRefresh: true }))
      expect(new Set(tokens).size).toBe(4)
      expect(await page.evaluate(() => window.auth.getUserInfo())).toMatchObject({
        sub: expect.any(String),
      })
      const sent = refreshes()
        .slice(before)
        .map(({ refreshToken }) => refreshToken)
      expect(sent).toHaveLength(3)
      expect(new Set(sent).size).toBe(rig.traits.rotation === 'new' ? 3 : 1)
      seen('refresh', `${rig.traits.rotation} refresh token`)
    })

    test('stays signed in while the provider is away', async () => {
      const { page } = await world()
      await signedIn(page)
      front.answer('refresh_token', 503)
      expect(await tokenOrCode(page, { forceRefresh: true })).toBe('error: provider_unavailable')
      expect(await status(page)).toBe('signed-in')
      front.recover()
      await until(
        () => tokenOrCode(page, { forceRefresh: true }),
        (word) => !word.startsWith('error'),
        'a token',
        PATIENCE_MS,
      )
      seen('503')
    })

    test('knows an answer that was lost after the provider acted', async () => {
      const { page } = await world()
      await signedIn(page)
      const before = refreshes().length
      front.loseAnswer('refresh_token')
      await tokenOrCode(page, { forceRefresh: true })
      await until(
        async () => [await tokenOrCode(page, { forceRefresh: true }), await status(page)] as const,
        ([word, now]) => !word.startsWith('error') || now === 'expired',
        'a token, or the end',
        PATIENCE_MS,
      )
      const { reason = 'token' } = (await session(page)) as { reason?: string }
      expect(reason === 'refreshed' || reason === 'signed_in' ? 'token' : reason).toBe(
        rig.traits.answerLost,
      )
      seen('lost answer', `${rig.traits.answerLost} after ${refreshes().length - before} requests`)
    })

    /** Here and at the provider, by whatever way it has. */
    async function signOut(page: Page): Promise<void> {
      const leave = () =>
        page.evaluate(() => void window.auth.signOut().catch(() => {})).catch(() => {})
      if (rig.traits.signOut === 'provider') {
        return await walk(page, leave, { app: site.url, steps: rig.signOut })
      }
      await leave()
      if (rig.traits.signOut === 'stays') {
        for (const { see, act } of rig.signOut) {
          await page.locator(see).first().waitFor()
          await act(page, 'alice')
        }
        await page.waitForLoadState()
        return void (await page.goto(site.url))
      }
      await waitForStatus(page, 'signed-out', PATIENCE_MS)
      if (!rig.signOutPage) return
      await page.goto(front.origin + rig.signOutPage)
      await page.waitForURL(`${site.url}/**`)
    }

    test('signs out, here and at the provider', async () => {
      const { page, tab } = await world()
      await signedIn(page)
      const second = await tab()
      await waitForStatus(second, 'signed-in', PATIENCE_MS)
      await signOut(page)
      await waitForStatus(page, 'signed-out', PATIENCE_MS)
      await waitForStatus(second, 'signed-out', PATIENCE_MS)
      expect(new URL(page.url()).search).toBe('')
      seen('sign-out', SIGN_OUT[rig.traits.signOut])
    })

    test('lets another user in', async () => {
      const { change } = rig.traits
      const { page } = await world({}, { claims: ['name', 'email'] })
      await signedIn(page)
      if (change === 'sign-out') await signOut(page)
      await signedIn(page, 'bob', change === 'sign-out' ? {} : { prompt: change })
      const isBob = ({ user }: Ended) => user?.email === known.bob.email
      await until(() => session(page), isBob, 'bob', PATIENCE_MS)
      seen('another user', change === 'sign-out' ? 'after a sign-out there' : `prompt=${change}`)
    })

    test.each([rig.traits.cancel ?? []].flat())('shows that the user said no: %s', async (code) => {
      const { page } = await world()
      // A consent that was given before is asked for again.
      await through(page, rig.refuse, { prompt: 'consent' })
      await waitForStatus(page, 'error', PATIENCE_MS)
      expect(await session(page)).toMatchObject({ error: { code } })
      expect(new URL(page.url()).search).toBe('')
      await signedIn(page)
      seen('Cancel', code)
    })

    /** A person at a page that leads nowhere presses Back. */
    async function back(page: Page): Promise<void> {
      await page.waitForURL(`${front.origin}/**`, { waitUntil: 'load' })
      await page.goBack()
    }

    test('asks in silence, and loses nothing by it', async () => {
      const { page } = await world()
      await signedIn(page)
      const before = await token(page)
      if (rig.traits.silent === 'dead end') {
        await begin(page, { prompt: 'none' })
        await back(page)
      } else await through(page, rig.signIn, { prompt: 'none' })
      await waitForStatus(page, 'signed-in', PATIENCE_MS)
      const { renewable, errors } = await diagnostics(page)
      expect(renewable).toBe(true)
      expect(await token(page, { forceRefresh: true })).not.toBe(before)
      const { silent } = rig.traits
      seen(
        'prompt=none, signed in',
        errors.at(-1)?.code ?? (silent === 'dead end' ? silent : 'code'),
      )
    })

    test('restores a lost session in silence, or is signed out and tries no more', async () => {
      const { page } = await world({ vault: 'page', silentSignIn: 'redirect' })
      await signedIn(page)
      const reload = () => page.reload().catch(() => {})
      if (rig.traits.silent === 'dead end') {
        await reload()
        await back(page)
      } else await walk(page, reload, { app: site.url, steps: rig.signIn })
      const end = await until(
        () => session(page).catch((): Ended => ({ status: 'leaving' })),
        ({ status: now }) => now === 'signed-in' || now === 'signed-out',
        'an end',
        PATIENCE_MS,
      )
      expect(end.status).toBe(rig.traits.silent === 'code' ? 'signed-in' : 'signed-out')
      seen('silentSignIn', end.reason ?? 'signed in')
    })

    test('shows what prompt=none comes to where the provider has no session', async () => {
      const { page } = await world()
      await begin(page, { prompt: 'none' })
      if (rig.traits.noSession === 'page') {
        await back(page)
        await waitForStatus(page, 'signed-out', PATIENCE_MS)
        return seen('prompt=none, signed out', 'its page, and Back')
      }
      await waitForStatus(page, 'error', PATIENCE_MS)
      return seen('prompt=none, signed out', (await session(page)).error?.code)
    })
  })
}

interface Ended {
  status: string
  reason?: string
  error?: { code: string }
  user?: { email?: string }
}

const begin = (page: Page, options: object) =>
  page
    .evaluate(
      (given) => void window.auth.signIn({ automatic: false, ...given }).catch(() => {}),
      options,
    )
    .catch(() => {})
