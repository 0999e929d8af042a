import { afterEach, describe, expect, test } from 'vitest'
import type { TokenAnswer } from '../../../src/bff-protocol.ts'
import type { ProviderOptions } from '../../../demo/provider/provider.ts'
import { runtimeEnvironment, type BffEnvironment } from '../../../src/bff/environment.ts'
import { CALLER_DEADLINE_MS } from '../../../src/bff/tokens/token-source.ts'
import { startOidcWorld } from '../oidc.ts'
import { NetworkBrowser, startWorld, type World } from './server.ts'

let world: Pick<World, 'close'>
afterEach(() => world.close())

const TTL_S = 300

async function start(settings?: ProviderOptions, env?: BffEnvironment): Promise<World> {
  const started = await startWorld({ mediated: [{}] }, settings, undefined, env)
  world = started
  return started
}

/** Who has waited as long as anybody does is told to come again: that is a busy machine's, and done here. */
async function tokenFor(user: NetworkBrowser): Promise<Response> {
  for (;;) {
    const sentAt = performance.now()
    const response = await user.call('/bff/token', { method: 'POST' })
    if (response.status !== 503 || performance.now() - sentAt < CALLER_DEADLINE_MS) return response
  }
}

describe('with oidc-provider, rotation and reuse detection', () => {
  test('B-12 B-25 signs in, renews once for fifty requests at each of three expiries, signs out', async () => {
    const startedAt = Date.now()
    let now = startedAt
    const env = { ...runtimeEnvironment, now: () => now }
    const { provider, origin, events } = await start({ accessTokenTtl: TTL_S }, env)
    const refreshes = () => events.filter(({ type }) => type === 'session-refreshed').length
    const user = new NetworkBrowser(origin)
    expect(await user.visit('/bff/login?returnTo=/orders')).toBe(`${origin}/orders`)
    for (let expiry = 1; expiry <= 3; expiry++) {
      now = startedAt + expiry * (TTL_S + 1) * 1_000
      const answers = await Promise.all(Array.from({ length: 50 }, () => tokenFor(user)))
      expect(answers.map(({ status }) => status)).toEqual(Array(50).fill(200))
      const given = await Promise.all(answers.map((answer) => answer.json()))
      expect(new Set((given as TokenAnswer[]).map(({ accessToken }) => accessToken)).size).toBe(1)
      expect(refreshes()).toBe(expiry)
    }
    expect(provider.requests('token')).toHaveLength(refreshes() + 1)
    expect(provider.families()).toMatchObject([{ live: 1, reused: false, revoked: false }])
    const out = await user.call('/bff/logout', { method: 'POST' })
    const { redirectTo } = (await out.json()) as { redirectTo: string }
    expect(redirectTo.startsWith(provider.issuer)).toBe(true)
    const session = await user.call('/bff/session')
    expect(await session.json()).toEqual({ authenticated: false })
    expect(provider.families()).toMatchObject([{ live: 0 }])
  })

  test('U8 B-26 keeps the session of a page that leaves in the middle of a refresh', async () => {
    const { provider, origin, events } = await start()
    const user = new NetworkBrowser(origin)
    await user.visit('/bff/login')
    for (const answer of [false, true]) {
      await new Promise((resolve) => setTimeout(resolve, 1100))
      // The provider has not acted yet, or has, and its answer is still on the way.
      const hold = provider.hold({ endpoint: 'token', answer })
      const leaving = new AbortController()
      const left = user.call('/bff/refresh', { method: 'POST', signal: leaving.signal })
      await hold.arrived()
      leaving.abort()
      await expect(left).rejects.toThrow()
      const session = await user.call('/bff/session')
      expect(await session.json()).toMatchObject({ authenticated: true })
      hold.release()
    }
    const next = await user.call('/bff/token', { method: 'POST', body: '{"minValidity":1}' })
    expect(next.status).toBe(200)
    await expect
      .poll(() => events.filter(({ type }) => type === 'session-refreshed'))
      .toHaveLength(2)
    expect(provider.families()).toMatchObject([{ live: 1, reused: false, revoked: false }])
  })
})

describe('with oidc-provider as it comes, which gives all sign-ins of a user one grant,', () => {
  test('B-20 a user who signs in again is not signed out by the end of the session before', async () => {
    const plain = await startOidcWorld()
    world = plain
    const user = new NetworkBrowser(plain.origin)
    await user.visit('/bff/login')
    await user.visit('/bff/login')
    expect(plain.events.filter(({ type }) => type === 'session-ended')).toMatchObject([
      { reason: 'replaced', refreshToken: 'kept' },
    ])
    expect([plain.grants.size, await plain.live()]).toEqual([1, 2])
    expect((await user.call('/bff/refresh', { method: 'POST' })).status).toBe(200)
    await user.call('/bff/logout', { method: 'POST' })
    await expect.poll(plain.live).toBe(0)
  })

  test('B-20 the refresh token of a user whom another one follows is revoked', async () => {
    const plain = await startOidcWorld()
    world = plain
    const user = new NetworkBrowser(plain.origin)
    await user.visit('/bff/login')
    plain.person = 'bob'
    user.forget(plain.issuer)
    await user.visit('/bff/login')
    expect(plain.events.filter(({ type }) => type === 'session-ended')).toMatchObject([
      { reason: 'replaced', refreshToken: 'revoked' },
    ])
    await expect.poll(plain.live).toBe(1)
    expect((await user.call('/bff/refresh', { method: 'POST' })).status).toBe(200)
  })
})
