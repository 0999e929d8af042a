// The reload of a tab that is alone, where a worker ends with its last page. Chromium's is in 02-reload.test.ts.
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { seededRandom } from '../support/seeded-random.ts'
import type { Profile, Tab } from './harness/engine.ts'
import { RELOADS, RELOADS_DEADLINE_MS } from './harness/reloads.ts'
import {
  loneTab,
  relays,
  settled,
  settledLate,
  untilRelayed,
  watchForCrash,
} from './harness/lone-tab.ts'
import {
  accepted,
  address,
  beginSignIn,
  diagnostics,
  signIn,
  token,
  until,
  waitForStatus,
} from './harness/tab.ts'
import { worlds, type World } from './harness/world.ts'

/** WebKit ends a relay about ten seconds after its last page. */
const SURELY_KEPT_MS = 5000

/** In each world one is signed in anew: an engine that crashes so often tells nothing of us. */
const MAX_CRASHES = 10

/** @returns how many reloads were made: fewer than asked for where the engine crashed */
async function reloadAtRandomMoments(
  { context }: World<Profile>,
  page: Tab,
  reloads: number,
  random: () => number,
): Promise<number> {
  const hasCrashed = watchForCrash(context)
  for (let done = 0; done < reloads; done++) {
    await page
      .evaluate(() => void window.auth.getAccessToken({ forceRefresh: true }).catch(() => {}))
      .catch(() => {})
    await sleep(random() * 150)
    await page.reload().catch(() => {})
    const isLooked = done % 5 === 4 || done === reloads - 1
    const now = isLooked && !hasCrashed() && (await settledLate(page).catch(String))
    if (hasCrashed()) return done
    if (isLooked) expect(now, `after ${done + 1}`).toBe('signed-in')
  }
  return reloads
}

describe.each(['firefox', 'webkit'] as const)('%s', (engine) => {
  const createWorld = worlds({ engine })

  test('U8 keeps the session at the reload of a lone tab, without a request', async () => {
    const world = await createWorld()
    const page = await loneTab(world)
    await untilRelayed(page)
    const before = await token(page)
    const { provider } = world
    const requests = provider.requests().length
    await page.reload()
    await waitForStatus(page, 'signed-in')
    expect(await token(page)).toBe(before)
    expect(provider.requests()).toHaveLength(requests)
    expect(await diagnostics(page)).toMatchObject({ vault: 'worker', reload: 'relay' })
    expect(await accepted(provider.issuer, await token(page, { forceRefresh: true }))).toBe(true)
  })

  test(
    `U8 U2 keeps the session over ${RELOADS} reloads at random moments of refreshes, and sends no refresh token twice`,
    async () => {
      const random = seededRandom()
      let left = RELOADS
      let requests = 0
      for (let crashes = 0; left > 0; crashes++) {
        expect(crashes, 'crashes of the engine').toBeLessThan(MAX_CRASHES)
        const world = await createWorld({ provider: { accessTokenTtl: 1 } })
        const { provider } = world
        const page = await loneTab(world)
        await untilRelayed(page)
        provider.fail({ endpoint: 'token', mode: 'delay', ms: 60, times: 1e6 })
        const made = await reloadAtRandomMoments(world, page, left, random)
        left -= made
        requests += provider.requests('token').length
        expect(provider.families()).toMatchObject([{ reused: false }])
        if (left > 0) {
          console.log(`figure: ${engine} crashed after ${made} reloads`)
          continue
        }
        expect(await accepted(provider.issuer, await token(page, { forceRefresh: true }))).toBe(
          true,
        )
        expect(provider.families()).toMatchObject([{ live: 1, reused: false }])
        expect(provider.requests('authorization')).toHaveLength(1)
      }
      console.log(`figure: ${engine}, ${RELOADS} reloads: ${requests} token requests`)
    },
    RELOADS_DEADLINE_MS,
  )

  test('U19 stays signed out at a reload right after a sign-out', async () => {
    const world = await createWorld()
    const page = await loneTab(world)
    await untilRelayed(page)
    await page.evaluate(() => window.auth.signOut({ provider: false }))
    await page.reload()
    expect(await settled(page)).toBe('signed-out')
    await expect.poll(() => world.provider.families()).toMatchObject([{ live: 0, reused: false }])
  })

  test('U19 stays signed out where another version of the app signed out while no page of this one was open', async () => {
    const world = await createWorld()
    const page = await loneTab(world)
    await untilRelayed(page)
    const { site } = world
    // Another worker file, and another configuration: it hears nothing of this one's session but announcements.
    const { client } = site.options
    site.options = { client: { ...client, workerUrl: '/worker-other.js', scope: 'openid' } }
    const other = await world.tab()
    await settled(other)
    await page.close()
    await other.evaluate(() => window.auth.signOut({ provider: false }))
    site.options = { client }
    const again = await world.tab()
    expect(await settled(again)).toBe('signed-out')
  })

  test('opens signed in where the tab was closed and another one is opened at once, and never half', async () => {
    const world = await createWorld()
    const page = await loneTab(world)
    await untilRelayed(page)
    const blank = await world.tab('/blank')
    const closedAt = Date.now()
    await page.close()
    await blank.close().catch(() => {})
    const again = await world.tab('/some/page')
    const found = await settled(again)
    const took = Date.now() - closedAt
    const now = found === 'signed-in' ? found : await settledLate(again)
    // On a machine so busy that the engine ended the relay meanwhile, the user is signed out, and no more.
    if (took < SURELY_KEPT_MS) expect(now).toBe('signed-in')
    else console.log(`figure: ${engine}, a closed tab was open again after ${took} ms: ${now}`)
    if (now === 'signed-in') {
      const renewed = await token(again, { forceRefresh: true })
      expect(await accepted(world.provider.issuer, renewed)).toBe(true)
    }
    expect(world.provider.families()).toMatchObject([{ live: 1, reused: false }])
  })

  test('U20 shows one user, with that user’s token, after a reload in the middle of another’s sign-in', async () => {
    const world = await createWorld()
    const { provider } = world
    const page = await loneTab(world)
    await untilRelayed(page)
    provider.change({ autoLogin: 'bob' })
    const held = provider.hold({ endpoint: 'token' })
    await beginSignIn(page, 'bob')
    await until(
      () => provider.requests('token').length,
      (made) => made > 1,
      'bob’s code to be exchanged',
    )
    await page.reload().catch(() => {})
    held.release()
    expect(await settledLate(page)).toBe('signed-in')
    const shown = await page.evaluate(() => {
      const session = window.auth.getSession()
      return 'user' in session ? session.user?.sub : undefined
    })
    const said = await page.evaluate(() => window.auth.getUserInfo().then(({ sub }) => sub))
    expect(said).toBe(shown)
    expect(provider.families().every(({ reused }) => !reused)).toBe(true)
  })

  test('registers nothing for a visitor, one relay for a user, and removes what an older file left', async () => {
    const world = await createWorld({ client: { workerUrl: '/worker-old.js' } })
    const { site } = world
    const page = await world.tab()
    await waitForStatus(page, 'signed-out')
    expect(await relays(page)).toEqual([])
    await signIn(page)
    await untilRelayed(page)
    expect(await relays(page)).toEqual([`${site.url}/worker-old.js`])
    await page.evaluate(() => window.auth.signOut({ provider: false }))
    site.options.client = { ...site.options.client, workerUrl: '/worker.js' }
    const next = await world.tab()
    await page.close()
    await waitForStatus(next, 'signed-out')
    await signIn(next)
    await until(
      () => relays(next),
      (running) => running.join() === `${site.url}/worker.js`,
      'the relay of the new file alone',
    )
  })

  test('loses the session at the reload of a lone tab where the app says relay: false, with the reason no_session', async () => {
    const page = await loneTab(await createWorld({ client: { relay: false } }))
    expect(await relays(page)).toEqual([])
    expect((await diagnostics(page)).reload).toBeUndefined()
    await page.reload()
    await waitForStatus(page, 'signed-out')
    expect(await page.evaluate(() => window.auth.getSession())).toMatchObject({
      reason: 'no_session',
    })
  })

  test('restores a lone tab’s session by silentSignIn, with one redirect and no click, where there is no relay', async () => {
    const world = await createWorld({ client: { silentSignIn: 'redirect', relay: false } })
    const { provider } = world
    const page = await loneTab(world)
    provider.change({ autoLogin: undefined })
    await page.reload().catch(() => {})
    await until(
      () => provider.requests('authorization').length,
      (made) => made > 1,
      'a redirect',
    )
    await waitForStatus(page, 'signed-in')
    await expect.poll(() => address(page).catch(() => '')).toContain('/some/page')
    expect(provider.requests('authorization').slice(1)).toMatchObject([{ prompt: 'none' }])
    expect(await accepted(provider.issuer, await token(page))).toBe(true)
  })
})
