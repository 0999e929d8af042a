import { describe, expect, test } from 'vitest'
import { beginSignIn } from './front-channel.ts'
import { behaviours, status, type Behaviour } from '../../src/testing/provider/behaviours.ts'
import type { TestProviderOptions } from '../../src/testing/provider/options.ts'
import { failure } from '../support/outcomes.ts'
import {
  accessToken,
  vaultDevice,
  gate,
  SCOPE,
  signedInVault as signedIn,
  states,
  type Kind,
} from './device.ts'

const HOUR = 3_600_000

/** What every holder of a refresh token does, wherever it lives. */
export function vaultContract(kind: Kind): void {
  const device = (options?: TestProviderOptions) =>
    vaultDevice(options, { relay: kind === 'relayed' })
  describe(kind, () => {
    test('is empty, and refuses with a typed error, while no user is signed in', async () => {
      const { opened, ask } = await device()
      const { vault } = await opened(kind)
      expect(await vault.open()).toEqual({ status: 'empty', reason: 'no_session' })
      expect((await failure(ask(vault))).code).toBe('signed_out')
      expect((await failure(vault.userInfo())).code).toBe('signed_out')
      expect(await vault.endSession({ provider: false })).toEqual({})
    })

    test('tells a sign-in with the user and a token, and never the refresh token', async () => {
      const { opened, signIn, provider } = await device()
      const { vault, events } = await opened(kind)
      const state = await signIn(vault)
      expect(state).toMatchObject({ status: 'live', renewable: true, claims: { sub: 'user-1' } })
      expect(state).toMatchObject({
        token: { key: '', lifetime: HOUR, response: { scope: SCOPE } },
      })
      const { claims } = state as Extract<typeof state, { status: 'live' }>
      expect(Object.keys(claims).sort()).toEqual(['auth_time', 'iss', 'sub'])
      expect(states(events).at(-1)).toMatchObject({ status: 'live' })
      for (const secret of provider.refreshTokens.keys()) {
        expect(JSON.stringify([state, events])).not.toContain(secret)
      }
    })

    test('T-12 sends one request for each of 3 resources, one after another, for ten callers each', async () => {
      const { vault, provider, ask, refreshes } = await signedIn(kind)
      let running = 0
      let most = 0
      provider.always('token', async (act) => {
        most = Math.max(most, ++running)
        const response = await act()
        running--
        return response
      })
      const resources = ['https://a.example', 'https://b.example', 'https://c.example']
      const tokens = await Promise.all(
        resources.flatMap((resource) =>
          Array.from({ length: 10 }, () => ask(vault, { resource: [resource] })),
        ),
      )
      expect(refreshes().map(({ parameters }) => parameters.get('resource'))).toEqual(resources)
      expect(new Set(tokens.map(accessToken)).size).toBe(3)
      expect(most).toBe(1)
      const spent = refreshes().map(({ parameters }) => parameters.get('refresh_token'))
      expect(new Set(spent).size).toBe(3)
    })

    test.each<[string, boolean, { refresh_token?: string | undefined }]>([
      ['new', true, {}],
      ['the same', false, {}],
      ['omitted', false, { refresh_token: undefined }],
      ['the seed’s, returned unchanged', false, { refresh_token: 'WPsGJbvpBjqXz6IJIr1UHKyrdVF' }],
    ])('T-11 goes on with a refresh token that is %s', async (_, rotate, tokenResponse) => {
      const { provider, opened, signIn, ask, refreshes, latest } = await device({ rotate })
      const { vault } = await opened(kind)
      // The sign-in itself always gives one.
      if (tokenResponse.refresh_token) provider.tokenResponse = tokenResponse
      await signIn(vault)
      provider.tokenResponse = tokenResponse
      const expected = []
      for (let i = 0; i < 3; i++) {
        expected.push(latest())
        await ask(vault, { forceRefresh: true })
      }
      const spent = refreshes().map(({ parameters }) => parameters.get('refresh_token'))
      expect(spent).toEqual(expected)
      expect(new Set(spent).size).toBe(rotate ? 3 : 1)
    })

    test('U19 A-33 tells a sign-out, revokes the refresh token, and gives no token after it', async () => {
      const { vault, events, provider, world, ask, latest, refreshes } = await signedIn(kind)
      const { url } = await vault.endSession({
        provider: true,
        postLogoutRedirectUri: 'https://app.example/bye',
      })
      const { origin, pathname, searchParams } = new URL(url!)
      expect(origin + pathname).toBe(provider.metadata.end_session_endpoint)
      expect(searchParams.get('id_token_hint')).toMatch(/^eyJ/)
      expect(searchParams.get('post_logout_redirect_uri')).toBe('https://app.example/bye')
      expect((await failure(ask(vault))).code).toBe('signed_out')
      await world.settle()
      expect(states(events)).toEqual([{ status: 'empty', reason: 'signed_out' }])
      expect(provider.revoked).toEqual([latest()])
      expect(refreshes()).toEqual([])
    })

    test.each([false, true])(
      'A-33 names an expired session to the provider at sign-out (endpoints from the page: %s)',
      async (unknown) => {
        const { opened, redirect, complete, pass, provider, ask, world } = await device()
        const { vault: before } = await opened(kind)
        const response = await redirect(before)
        const { vault } = await opened(kind, unknown ? { metadata: undefined } : {})
        await pass(complete(vault, response))
        for (const { grant } of provider.refreshTokens.values()) grant.alive = false
        world.sleep(2 * HOUR)
        expect((await failure(ask(vault))).code).toBe('session_expired')
        const { url } = await vault.endSession({ provider: true })
        expect(url).toMatch(provider.metadata.end_session_endpoint!)
        expect(url).toMatch(/id_token_hint=eyJ/)
        // It was the last word about that session.
        expect((await vault.endSession({ provider: true })).url ?? '').not.toMatch(/id_token_hint/)
        expect(provider.revoked).toEqual([])
      },
    )

    test('T-33 discards the answer of a refresh that a sign-out overtook, and revokes its refresh token', async () => {
      const { vault, events, provider, world, latest } = await signedIn(kind)
      const { behaviour, open } = gate()
      provider.next('token', behaviour)
      // Not the usual revocation, which ends the whole grant before the answer is made.
      provider.always('revocation', status(200))
      const waiting = failure(vault.getToken({ forceRefresh: true }))
      await world.settle()
      const before = latest()
      await vault.endSession({ provider: false })
      open()
      expect((await waiting).code).toBe('signed_out')
      await world.settle()
      const revoked = provider
        .requests('revocation')
        .map(({ parameters }) => parameters.get('token'))
      expect(revoked).toEqual([before, latest()])
      expect(before).not.toBe(latest())
      expect(events.filter(({ type }) => type === 'token')).toEqual([])
    })

    test('lets a sign-out during a code exchange win', async () => {
      const { opened, redirect, complete, provider, world, pass, latest } = await device()
      const { vault } = await opened(kind)
      const { behaviour, open } = gate()
      const response = await redirect(vault)
      provider.next('token', behaviour)
      const waiting = failure(complete(vault, response))
      await world.settle()
      await vault.endSession({ provider: false })
      open()
      expect((await pass(waiting)).code).toBe('signed_out')
      await world.settle()
      expect(provider.revoked).toEqual([latest()])
      expect(await vault.open()).toMatchObject({ status: 'empty' })
    })

    test('A-03 A-11 takes a response once', async () => {
      const { opened, redirect, complete, pass, provider } = await device()
      const { vault } = await opened(kind)
      const response = await redirect(vault)
      await pass(complete(vault, response))
      expect((await failure(pass(complete(vault, response)))).code).toBe('state_mismatch')
      expect(provider.requests('token').length).toBe(1)
      expect(await vault.open()).toMatchObject({ status: 'live' })
    })

    test('A-08 finishes a sign-in after a response to something else was refused', async () => {
      const { opened, redirect, complete, pass } = await device()
      const { vault } = await opened(kind)
      const response = await redirect(vault)
      const foreign = { ...response, parameters: '?state=other&error=access_denied' }
      expect((await failure(pass(complete(vault, foreign)))).code).toBe('state_mismatch')
      expect(await pass(complete(vault, response))).toMatchObject({ status: 'live' })
    })

    test('keeps a transaction that the page could not store, and gives it back once', async () => {
      const { opened, redirect } = await device()
      const { vault } = await opened(kind)
      const { transaction } = await redirect(vault)
      await vault.keepTransaction(transaction)
      expect(await vault.takeTransaction('another')).toBeUndefined()
      expect(await vault.takeTransaction(transaction.state)).toEqual(transaction)
      expect(await vault.takeTransaction(transaction.state)).toBeUndefined()
    })

    test('keeps a transaction for ten minutes', async () => {
      const { opened, redirect, world } = await device()
      const { vault } = await opened(kind)
      const [one, two] = [await redirect(vault), await redirect(vault)]
      await vault.keepTransaction(one.transaction)
      await vault.keepTransaction(two.transaction)
      await world.advance(9 * 60_000)
      expect(await vault.takeTransaction(one.transaction.state)).toEqual(one.transaction)
      await world.advance(60_000)
      expect(await vault.takeTransaction(two.transaction.state)).toBeUndefined()
    })

    test('U19 forgets kept transactions at a sign-out', async () => {
      const { opened, redirect } = await device()
      const { vault } = await opened(kind)
      const { transaction } = await redirect(vault)
      await vault.keepTransaction(transaction)
      await vault.endSession({ provider: false })
      expect(await vault.takeTransaction(transaction.state)).toBeUndefined()
    })

    test('signs in a page without storage, from beginning to end', async () => {
      const { opened, complete, config, pass, provider } = await device()
      const { vault } = await opened(kind)
      const request = {
        redirectUri: 'https://app.example/',
        scope: 'openid',
        state: 's',
        keep: true,
      }
      const { url } = await beginSignIn(vault, config, request)
      const parameters = provider.authorize(url)
      expect(await pass(complete(vault, { parameters }))).toMatchObject({ status: 'live' })
      expect((await failure(complete(vault, { parameters }))).code).toBe('transaction_missing')
    })

    test('A-11 exchanges a response once that comes twice in one moment', async () => {
      const { opened, redirect, complete, pass, provider } = await device()
      const { vault } = await opened(kind)
      const response = await redirect(vault)
      const both = [complete(vault, response), complete(vault, response)]
      const results = await pass(Promise.allSettled(both))
      expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
      expect(provider.requests('token').length).toBe(1)
    })

    test('A-35 keeps ten transactions at the most, and forgets the oldest', async () => {
      const { opened, redirect } = await device()
      const { vault } = await opened(kind)
      const states: string[] = []
      for (let i = 0; i < 12; i++) {
        const { transaction } = await redirect(vault)
        await vault.keepTransaction(transaction)
        states.push(transaction.state)
      }
      const kept = await Promise.all(states.map((state) => vault.takeTransaction(state)))
      expect(kept.map(Boolean)).toEqual([false, false, ...Array.from({ length: 10 }, () => true)])
    })

    test('A-35 finishes 12 sign-ins that were begun at a time, in reverse order', async () => {
      const { opened, redirect, complete, pass, provider } = await device()
      const { vault } = await opened(kind)
      const responses = []
      for (let i = 0; i < 12; i++) responses.push(await redirect(vault))
      for (const response of responses.reverse()) {
        expect(await pass(complete(vault, response))).toMatchObject({ status: 'live' })
      }
      expect(provider.requests('token').length).toBe(12)
      expect(provider.revoked).toEqual([])
    })

    test('U20 keeps the session when another user’s answer comes, and revokes that', async () => {
      const { vault, provider, signIn, ask, world, latest } = await signedIn(kind)
      const before = accessToken(await ask(vault))
      provider.options.subject = 'user-2'
      expect((await failure(signIn(vault))).code).toBe('user_mismatch')
      await world.settle()
      expect(provider.revoked).toEqual([latest()])
      expect(await vault.open()).toMatchObject({ claims: { sub: 'user-1' } })
      expect(accessToken(await ask(vault))).toBe(before)
    })

    test('U20 replaces the user who was to be replaced, and revokes the tokens before', async () => {
      const { vault, provider, signIn, world, latest } = await signedIn(kind)
      const before = latest()
      provider.options.subject = 'user-2'
      expect(await signIn(vault, { replaces: 'user-1' })).toMatchObject({
        claims: { sub: 'user-2' },
      })
      await world.settle()
      expect(provider.revoked).toEqual([before])
    })

    test('U20 gives no token to a caller who waited while the user changed', async () => {
      const { vault, provider, world, signIn } = await signedIn(kind)
      provider.next('token', status(503))
      const waiting = failure(vault.getToken({ forceRefresh: true }))
      await world.settle()
      provider.options.subject = 'user-2'
      await signIn(vault, { replaces: 'user-1' })
      await world.advance(20_000)
      expect((await waiting).code).toBe('user_mismatch')
    })

    test('gives the new token to a caller who waited while the same user signed in again', async () => {
      const { vault, provider, world, signIn, pass, ask } = await signedIn(kind)
      const { behaviour, open } = gate()
      provider.next('token', behaviour)
      const waiting = vault.getToken({ forceRefresh: true })
      await world.settle()
      await signIn(vault)
      open()
      expect(accessToken(await pass(waiting))).toBe(accessToken(await ask(vault)))
      expect(provider.revoked).toEqual([])
    })

    test('A-33 leaves no refresh token alive at a sign-out after a second sign-in of the same user', async () => {
      const { vault, provider, world, signIn } = await signedIn(kind)
      const [first] = provider.refreshTokens.keys()
      await signIn(vault)
      await world.settle()
      // A provider may tie both to one grant: not yet.
      expect(provider.revoked).toEqual([])
      await vault.endSession({ provider: false })
      await world.settle()
      expect(provider.revoked).toContain(first)
      const alive = [...provider.refreshTokens].filter(([, { grant }]) => grant.alive)
      expect(alive).toEqual([])
    })

    test('revokes at sign-out the late answer for a family that the same user’s new sign-in replaced', async () => {
      const { vault, provider, world, signIn, pass, latest } = await signedIn(kind)
      const { behaviour, open } = gate()
      provider.next('token', async (act, request) => {
        const response = await act()
        return behaviour(async () => response, request)
      })
      const waiting = vault.getToken({ forceRefresh: true })
      await world.settle()
      const late = latest()
      await signIn(vault)
      open()
      await pass(waiting)
      expect(provider.revoked).toEqual([])
      await vault.endSession({ provider: false })
      await world.settle()
      expect(provider.revoked).toContain(late)
    })

    test('revokes at once the late answer for a replaced family that comes after sign-out', async () => {
      const { vault, provider, world, signIn, latest } = await signedIn(kind)
      const { behaviour, open } = gate()
      provider.next('token', async (act, request) => {
        const response = await act()
        return behaviour(async () => response, request)
      })
      const waiting = failure(vault.getToken({ forceRefresh: true }))
      await world.settle()
      const late = latest()
      await signIn(vault)
      await vault.endSession({ provider: false })
      open()
      expect((await waiting).code).toBe('signed_out')
      await world.settle()
      expect(provider.revoked).toContain(late)
    })

    test('forgets what a session replaced when the provider ends it', async () => {
      const { vault, provider, world, signIn, ask } = await signedIn(kind)
      await signIn(vault)
      for (const { grant } of provider.refreshTokens.values()) grant.alive = false
      await failure(ask(vault, { forceRefresh: true }))
      await vault.endSession({ provider: false })
      await world.settle()
      expect(provider.requests('revocation')).toEqual([])
    })

    test.each<[string, Behaviour, number]>([
      ['503', status(503), 2],
      ['no answer', behaviours.offline, 2],
      ['a refusal', status(400), 1],
    ])(
      'T-32 retries a revocation once, and only where it may not have happened: %s',
      async (_, behaviour, requests) => {
        const { vault, provider, world } = await signedIn(kind)
        provider.always('revocation', behaviour)
        await vault.endSession({ provider: false })
        await world.settle()
        expect(provider.requests('revocation').length).toBe(1)
        await world.advance(10_000)
        expect(provider.requests('revocation').length).toBe(requests)
        await world.advance(HOUR)
        expect(provider.requests('revocation').length).toBe(requests)
      },
    )

    test('U20 answers with UserInfo for the user who is shown, and for no other', async () => {
      const { vault, provider, pass, world, signIn } = await signedIn(kind)
      expect(await pass(vault.userInfo('user-1'))).toMatchObject({ sub: 'user-1' })
      expect((await failure(pass(vault.userInfo('user-2')))).code).toBe('user_mismatch')
      provider.options.subject = 'user-2'
      await signIn(vault, { replaces: 'user-1' })
      expect((await failure(pass(vault.userInfo('user-1')))).code).toBe('user_mismatch')
      expect(provider.requests('userinfo').length).toBe(1)
      await world.settle()
    })

    test('refuses UserInfo of another sub', async () => {
      const { vault, provider, pass } = await signedIn(kind)
      expect(await pass(vault.userInfo())).toMatchObject({ sub: 'user-1' })
      provider.userInfo = { sub: 'user-2' }
      expect((await failure(pass(vault.userInfo()))).code).toBe('user_mismatch')
    })

    test.each([
      [{ minValidity: -1 }, /minValidity/],
      [{ minValidity: Number.NaN }, /minValidity/],
      [{ minValidity: 'soon' }, /minValidity/],
      [{ resource: ['/relative'] }, /resource/],
      [{ resource: ['https://a.example/#fragment'] }, /resource/],
      [{ resource: 'https://a.example' }, /resource/],
      [{ scope: 7 }, /./],
      [{ scope: ['openid'] }, /scope/],
      [{ resource: [() => 7] }, /./],
      [{ resource: ['https://a.example', ''] }, /resource/],
      [{ resource: new Set(['https://a.example']) }, /resource/],
      [{ resource: 7 }, /resource/],
      [{ subject: 7 }, /subject/],
    ])('U21 refuses a caller’s mistake, and names it: %j', async (need, message) => {
      const { vault, provider } = await signedIn(kind)
      const error: unknown = await vault.getToken(need as object).catch((error: unknown) => error)
      expect(error).toBeInstanceOf(TypeError)
      expect((error as Error).message).toMatch(message)
      expect(provider.requests('token').length).toBe(1)
    })

    test('T-12 asks once for needs that are equal, and for what their one form says', async () => {
      const { vault, ask, refreshes } = await signedIn(kind)
      const [a, b] = ['https://a.example', 'https://b.example'] as const
      await ask(vault, { resource: [b, a, b], scope: 'email  openid email' })
      await ask(vault, { resource: [a, b], scope: 'openid email' })
      expect(refreshes().length).toBe(1)
      const { parameters } = refreshes()[0]!
      expect(parameters.getAll('resource')).toEqual([a, b])
      expect(parameters.get('scope')).toBe('email openid')
    })

    describe('authorize', () => {
      const url = 'https://api.example/things'

      test('is a typed error when signed out, before and after a session', async () => {
        const { opened, signIn } = await device()
        const { vault } = await opened(kind)
        expect((await failure(vault.authorize({ url }))).code).toBe('signed_out')
        await signIn(vault)
        await vault.endSession({ provider: false })
        expect((await failure(vault.authorize({ url }))).code).toBe('signed_out')
      })

      test('U20 never answers with another user’s token', async () => {
        const { vault, provider, signIn, world } = await signedIn(kind)
        provider.next('token', status(503))
        const waiting = failure(vault.authorize({ url, need: { forceRefresh: true } }))
        await world.settle()
        provider.options.subject = 'user-2'
        await signIn(vault, { replaces: 'user-1' })
        await world.advance(20_000)
        expect((await waiting).code).toBe('user_mismatch')
        const late = failure(vault.authorize({ url, need: { subject: 'user-1' } }))
        expect((await late).code).toBe('user_mismatch')
      })
    })

    test('A-36 hands out access tokens as they came, whatever they look like', async () => {
      const { opened, signIn, provider, ask, pass } = await device()
      const { vault } = await opened(kind)
      for (const access_token of [
        '0',
        '{"exp":1}',
        'a.b.c',
        'e30.eyJleHAiOjF9.',
        '~'.repeat(9000),
      ]) {
        // The user's claims come from UserInfo and the ID token, the lifetime from expires_in.
        provider.tokenResponse = { access_token }
        await signIn(vault)
        const { response, lifetime } = await ask(vault)
        expect(response.access_token).toBe(access_token)
        expect(lifetime).toBe(HOUR)
        await pass(vault.endSession({ provider: false }))
      }
    })

    test('A-18 A-40 T-36 puts no secret in any event, state or error', async () => {
      const { vault, events, provider, world, ask, opened } = await signedIn(kind)
      const said: unknown[] = []
      said.push(await vault.open(), await ask(vault, { forceRefresh: true }))
      provider.next('token', status(500, {}, JSON.stringify([...provider.refreshTokens.keys()])))
      said.push((await failure(ask(vault, { forceRefresh: true, proactive: true }))).toJSON())
      const other = await opened(kind)
      said.push(await other.vault.open(), await vault.endSession({ provider: true }), events)
      await world.settle()
      const channels = kind === 'shared' ? [] : world.broadcasts
      for (const secret of provider.refreshTokens.keys()) {
        expect(JSON.stringify([said, channels, [...world.originStorage]])).not.toContain(secret)
      }
    })
  })
}
