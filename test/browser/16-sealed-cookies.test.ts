// Sessions in cookies, without a store: two tabs of one browser, two backends that know nothing of each other, and a provider
// that ends a family where a refresh token comes twice.
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { createBff } from '../../src/bff/create-bff.ts'
import { runtimeEnvironment } from '../../src/bff/environment.ts'
import { toNodeHandler } from '../../src/bff/node/to-node-handler.ts'
import { sealedCookies } from '../../src/bff/sessions/sealed-cookies.ts'
import { KEY_ONE } from '../bff/setup.ts'
import { bffWorlds, type BffWorld } from './harness/bff-world.ts'
import { accepted, signIn, token, waitForStatus } from './harness/tab.ts'

const TTL = 300

/** Two backends that share keys alone, asked in turn, and their clocks. */
function twoBackends({ site, provider }: BffWorld) {
  let ahead = 0
  const env = { ...runtimeEnvironment, now: () => Date.now() + ahead }
  const handlers = [1, 2].map(() => {
    const bff = createBff(
      {
        issuer: provider.issuer,
        clientId: 'spa',
        clientAuthentication: { method: 'none' },
        baseUrl: site.url,
        keys: [KEY_ONE],
        store: sealedCookies(),
        mediated: [{}],
        idleTimeoutMs: 36_000_000,
      },
      env,
    )
    return toNodeHandler(bff)
  })
  let requests = 0
  site.backend = (request, response) => handlers[requests++ % 2]!(request, response)
  return { expire: () => void (ahead += (TTL + 1) * 1_000) }
}

const generation = (page: Page) =>
  page.evaluate(async () => {
    const response = await fetch('/bff/session?slide=false', { headers: { 'x-csrf': '1' } })
    return ((await response.json()) as { generation?: number }).generation
  })

describe.each(['chromium', 'firefox'] as const)('%s', (engine) => {
  const createWorld = bffWorlds({ engine })
  const provider = { rotate: true, graceMs: 0, accessTokenTtl: TTL }

  const refreshes = (world: BffWorld) =>
    world.provider.requests('token').filter(({ grantType }) => grantType === 'refresh_token').length

  test('B-25 B-49 one refresh at each of 8 expiries for two tabs at two backends, and no cookie is taken back', async () => {
    const world = await createWorld({ provider })
    const { expire } = twoBackends(world)
    const [one, two] = [await world.tab(), await world.tab()]
    await signIn(one)
    await waitForStatus(two, 'signed-in')
    for (let expiry = 1; expiry <= 8; expiry++) {
      expire()
      const asked = [one, two, one, two].map((tab) => token(tab, { forceRefresh: true }))
      const tokens = await Promise.all(asked)
      expect(new Set(tokens).size).toBe(1)
      expect(await accepted(world.provider.issuer, tokens[0]!)).toBe(true)
      expect(refreshes(world)).toBe(expiry)
      expect(await generation(expiry % 2 ? one : two)).toBe(expiry + 1)
    }
    expect(world.provider.families()).toMatchObject([{ live: 1, reused: false, revoked: false }])
  })

  test('B-26 a page that is reloaded while it renews stays signed in, and its cookie is the newest', async () => {
    const world = await createWorld({ provider })
    const { expire } = twoBackends(world)
    const page = await world.tab()
    await signIn(page)
    for (let round = 1; round <= 4; round++) {
      expire()
      // In turn the provider has not been asked, and has answered.
      const hold = world.provider.hold({
        ...{ endpoint: 'token', grantType: 'refresh_token', times: 1 },
        answer: round % 2 === 0,
      })
      await page.evaluate(() => {
        void window.auth.getAccessToken({ forceRefresh: true }).catch(() => {})
      })
      await hold.arrived()
      await page.reload()
      hold.release()
      await waitForStatus(page, 'signed-in')
      await expect.poll(() => generation(page)).toBe(round + 1)
      expect(await accepted(world.provider.issuer, await token(page))).toBe(true)
    }
    expect(refreshes(world)).toBe(4)
    expect(world.provider.families()).toMatchObject([{ live: 1, reused: false, revoked: false }])
  })

  test('B-44 a sign-out in one tab ends the session in the other, and leaves no cookie', async () => {
    const world = await createWorld({ provider })
    twoBackends(world)
    const [one, two] = [await world.tab(), await world.tab()]
    await signIn(one)
    await waitForStatus(two, 'signed-in')
    const names = async () => (await world.context.cookies(world.site.url)).map(({ name }) => name)
    expect(await names()).toContain('app-dev.0')
    await two.evaluate(() => window.auth.signOut({ provider: false }))
    await waitForStatus(one, 'signed-out')
    await expect.poll(names).not.toContain('app-dev.0')
    await expect.poll(() => world.provider.families()).toMatchObject([{ live: 0 }])
  })
})
