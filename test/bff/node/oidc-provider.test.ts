import { afterEach, describe, expect, test } from 'vitest'
import type { TokenAnswer } from '../../../src/bff-protocol.ts'
import { NetworkBrowser, startWorld, type World } from './server.ts'

let world: World
afterEach(() => world.close())

describe('with oidc-provider, rotation and reuse detection', () => {
  test('B-12 B-25 signs in, renews once for fifty requests at each of three expiries, signs out', async () => {
    world = await startWorld({ mediated: [{}] }, { accessTokenTtl: 2 })
    const { provider, origin, events } = world
    const user = new NetworkBrowser(origin)
    expect(await user.visit('/bff/login?returnTo=/orders')).toBe(`${origin}/orders`)
    const seen = new Set<string>()
    for (let expiry = 0; expiry < 3; expiry++) {
      const answers = await Promise.all(
        Array.from({ length: 50 }, () =>
          user.call('/bff/token', { method: 'POST', body: '{"minValidity":1}' }),
        ),
      )
      expect(answers.map(({ status }) => status)).toEqual(Array(50).fill(200))
      for (const answer of answers) seen.add(((await answer.json()) as TokenAnswer).accessToken)
      await new Promise((resolve) => setTimeout(resolve, 1300))
    }
    const refreshes = events.filter(({ type }) => type === 'session-refreshed').length
    const tokenRequests = provider.requests().filter(({ endpoint }) => endpoint === 'token').length
    // Each request at the provider gave one token, and each token was handed out.
    expect(tokenRequests).toBe(refreshes + 1)
    expect(seen.size).toBeGreaterThanOrEqual(3)
    expect(seen.size).toBeLessThanOrEqual(refreshes + 1)
    expect(provider.families()).toMatchObject([{ live: 1, reused: false, revoked: false }])
    const out = await user.call('/bff/logout', { method: 'POST' })
    const { redirectTo } = (await out.json()) as { redirectTo: string }
    expect(redirectTo.startsWith(provider.issuer)).toBe(true)
    const session = await user.call('/bff/session')
    expect(await session.json()).toEqual({ authenticated: false })
    expect(provider.families()).toMatchObject([{ live: 0 }])
  })

  test('U8 B-26 keeps the session of a page that leaves in the middle of a refresh', async () => {
    world = await startWorld({ mediated: [{}] })
    const { provider, origin } = world
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
      .poll(() => world.events.filter(({ type }) => type === 'session-refreshed'))
      .toHaveLength(2)
    expect(provider.families()).toMatchObject([{ live: 1, reused: false, revoked: false }])
  })
})
