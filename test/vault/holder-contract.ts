import { describe, expect, test } from 'vitest'
import { AuthError } from '../../src/errors.ts'
import { status, type Behaviour } from '../../src/testing/provider/behaviours.ts'
import type { VirtualDevice } from '../../src/testing/device/virtual-device.ts'
import type { TokenNeed, IssuedToken, Vault, VaultEvent } from '../../src/vault/vault.ts'
import { failure } from '../support/outcomes.ts'
import { accessToken, gate, states } from './device.ts'

const HOUR = 3_600_000
const url = 'https://api.example/things'

/** A vault on a device of its own where user-1 is signed in, and who holds the refresh token for it. */
export interface HolderBench {
  world: VirtualDevice
  vault: Vault
  /** Of `vault`, since the sign-in. */
  events: VaultEvent[]
  /** Time passes until a promise is settled. */
  pass<T>(promise: Promise<T>): Promise<T>
  ask(need?: TokenNeed): Promise<IssuedToken>
  /** Another sign-in in this browser. Settles when `vault` knows. */
  signInAgain(subject: string): Promise<void>
  /** Requests for a token that left the vault since the sign-in. */
  tokenRequests(): number
  /** What happens to the next of them. */
  next(behaviour: Behaviour): void
  /** The session is over where the refresh token is, because the provider refused it. The vault does not know. */
  endSession(): void
  /** Refresh tokens, cookies: what no page may see. */
  secrets(): Iterable<string>
}

/** What every vault does, wherever the refresh token is: browser mode's and the backend's. */
export function holderContract(
  name: string,
  signedIn: () => Promise<HolderBench>,
  signedOut: () => Promise<Vault>,
): void {
  describe(`${name} holds a session:`, () => {
    test('is empty, and refuses with a typed error, while no user is signed in', async () => {
      const vault = await signedOut()
      expect(await vault.open()).toEqual({ status: 'empty', reason: 'no_session' })
      expect((await failure(vault.getToken({}))).code).toBe('signed_out')
      expect((await failure(vault.authorize({ url }))).code).toBe('signed_out')
      expect((await failure(vault.userInfo())).code).toBe('signed_out')
      expect(await vault.endSession({ provider: false })).toEqual({})
    })

    test('gives a token at hand without a request', async () => {
      const { ask, tokenRequests } = await signedIn()
      const one = await ask()
      const before = tokenRequests()
      expect(accessToken(await ask())).toBe(accessToken(one))
      expect(tokenRequests()).toBe(before)
      expect(one).toMatchObject({ subject: 'user-1', key: '', lifetime: HOUR })
    })

    test('U1 sends one request for 100 callers with an expired token', async () => {
      const { world, ask, tokenRequests } = await signedIn()
      await ask()
      world.sleep(2 * HOUR)
      const before = tokenRequests()
      const tokens = await Promise.all(Array.from({ length: 100 }, () => ask()))
      expect(new Set(tokens.map(accessToken)).size).toBe(1)
      expect(tokenRequests() - before).toBe(1)
    })

    test('T-12 asks once for needs that are equal', async () => {
      const { ask, tokenRequests } = await signedIn()
      const [a, b] = ['https://a.example', 'https://b.example'] as const
      const before = tokenRequests()
      await ask({ resource: [b, a, b], scope: 'email  openid email' })
      await ask({ resource: [a, b], scope: 'openid email' })
      expect(tokenRequests() - before).toBe(1)
    })

    test.each([{ scope: '' }, { scope: null }, { resource: null }, { resource: [], scope: ' ' }])(
      'takes %j for the session’s own token',
      async (need) => {
        const { ask, tokenRequests } = await signedIn()
        const own = await ask()
        const before = tokenRequests()
        expect(accessToken(await ask(need as object))).toBe(accessToken(own))
        expect(tokenRequests()).toBe(before)
      },
    )

    test.each([
      [{ minValidity: -1 }, /minValidity/],
      [{ minValidity: Number.NaN }, /minValidity/],
      [{ minValidity: 'soon' }, /minValidity/],
      [{ scope: 7 }, /./],
      [{ resource: ['https://a.example', ''] }, /resource/],
      [{ resource: new Set(['https://a.example']) }, /resource/],
      [{ resource: 7 }, /resource/],
    ])('U21 refuses a caller’s mistake, and names it: %j', async (need, message) => {
      const { vault, tokenRequests } = await signedIn()
      const before = tokenRequests()
      for (const call of [
        vault.getToken(need as object),
        vault.authorize({ url, need: need as object }),
      ]) {
        const error: unknown = await call.catch((error: unknown) => error)
        expect(error).toBeInstanceOf(TypeError)
        expect((error as Error).message).toMatch(message)
      }
      expect(tokenRequests()).toBe(before)
    })

    test('T-14 ends the session once, for 50 waiters, without a retry', async () => {
      const { vault, events, world, ask, tokenRequests, endSession } = await signedIn()
      await ask()
      world.sleep(2 * HOUR)
      endSession()
      const before = tokenRequests()
      const errors = await Promise.all(Array.from({ length: 50 }, async () => failure(ask())))
      expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(['session_expired']))
      expect(tokenRequests() - before).toBe(1)
      await world.advance(HOUR)
      expect(states(events)).toMatchObject([{ status: 'expired', reason: 'invalid_grant' }])
      expect(tokenRequests() - before).toBe(1)
      expect(await vault.open()).toMatchObject({ status: 'expired', claims: { sub: 'user-1' } })
      expect((await failure(vault.authorize({ url }))).code).toBe('session_expired')
    })

    test('U3 tells a failure whole, with code, status and retryAfter, and keeps the session', async () => {
      const { vault, events, pass, world, next } = await signedIn()
      await pass(vault.getToken({}))
      events.length = 0
      next(status(503, { 'retry-after': '120' }))
      const error = await failure(pass(vault.getToken({ forceRefresh: true })))
      expect(error).toBeInstanceOf(AuthError)
      expect(error).toMatchObject({ code: 'provider_unavailable', status: 503, recoverable: true })
      expect(error.retryAfter).toBeGreaterThan(100_000)
      await world.settle()
      const renewals = events.flatMap((event) => (event.type === 'renewal' ? [event.renewal] : []))
      expect(renewals).toEqual(['running', 'retrying'])
      expect(states(events)).toEqual([])
    })

    test('U19 tells a sign-out at once, and gives nothing after it', async () => {
      const { vault, events, world, ask, tokenRequests } = await signedIn()
      await ask()
      events.length = 0
      const before = tokenRequests()
      const ended = vault.endSession({ provider: false })
      expect((await failure(ask())).code).toBe('signed_out')
      expect(await ended).toEqual({})
      expect((await failure(vault.authorize({ url }))).code).toBe('signed_out')
      expect((await failure(vault.userInfo())).code).toBe('signed_out')
      await world.settle()
      expect(states(events)).toEqual([{ status: 'empty', reason: 'signed_out' }])
      expect(tokenRequests()).toBe(before)
    })

    test('T-33 discards the answer that a sign-out overtook', async () => {
      const { vault, events, world, next, pass } = await signedIn()
      const { behaviour, open } = gate()
      next(behaviour)
      const waiting = failure(vault.getToken({ forceRefresh: true }))
      await world.settle()
      await vault.endSession({ provider: false })
      open()
      expect((await pass(waiting)).code).toBe('signed_out')
      expect(events.filter(({ type }) => type === 'token')).toEqual([])
      expect(await pass(vault.open())).toMatchObject({ status: 'empty' })
    })

    test('U20 gives no token to a caller who waited while the user changed', async () => {
      const { vault, world, next, signInAgain } = await signedIn()
      const { behaviour, open } = gate()
      next(behaviour)
      const waiting = failure(vault.getToken({ forceRefresh: true }))
      await world.settle()
      await signInAgain('user-2')
      open()
      await world.advance(20_000)
      expect((await waiting).code).toBe('user_mismatch')
      for (const late of [
        vault.getToken({ subject: 'user-1' }),
        vault.authorize({ url, need: { subject: 'user-1' } }),
        vault.userInfo('user-1'),
      ]) {
        expect((await failure(late)).code).toBe('user_mismatch')
      }
      expect(await vault.open()).toMatchObject({ status: 'live', claims: { sub: 'user-2' } })
    })

    test('answers with UserInfo for the user who is signed in', async () => {
      const { vault, pass } = await signedIn()
      expect(await pass(vault.userInfo())).toMatchObject({ sub: 'user-1' })
      expect(await pass(vault.userInfo('user-1'))).toMatchObject({ sub: 'user-1' })
      expect((await failure(pass(vault.userInfo('user-2')))).code).toBe('user_mismatch')
    })

    test('authorizes a call with exactly the Bearer token of its need, valid now', async () => {
      const { vault, ask, pass, world } = await signedIn()
      const before = accessToken(await ask())
      const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })
      expect(await vault.authorize({ url })).toEqual(bearer(before))
      const need = { resource: ['https://a.example'] }
      const { headers } = await pass(vault.authorize({ url, method: 'POST', need }))
      expect({ headers }).toEqual(bearer(accessToken(await ask(need))))
      world.sleep(2 * HOUR)
      const later = await pass(vault.authorize({ url }))
      expect(later).toEqual(bearer(accessToken(await ask())))
      expect(later).not.toEqual(bearer(before))
    })

    test('tells nothing to a listener that left', async () => {
      const { vault, ask } = await signedIn()
      const heard: string[] = []
      const stop = vault.observe(() => heard.push('x'))
      stop()
      await ask({ forceRefresh: true })
      expect(heard).toEqual([])
    })

    test('A-18 A-40 T-36 puts no secret in any event, state, error, message or storage', async () => {
      const { vault, events, world, ask, next, secrets } = await signedIn()
      const said: unknown[] = [await vault.open(), await ask({ forceRefresh: true })]
      next(status(500, {}, JSON.stringify([...secrets()])))
      said.push((await failure(ask({ forceRefresh: true, proactive: true }))).toJSON())
      said.push(await vault.endSession({ provider: true }), events)
      await world.settle()
      for (const secret of secrets()) {
        expect(JSON.stringify([said, [...world.originStorage]])).not.toContain(secret)
      }
    })
  })
}
