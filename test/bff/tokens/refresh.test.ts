import { describe, expect, test } from 'vitest'
import type { SessionStore } from '../../../src/bff/sessions/session-store.ts'
import type { SignedInAnswer, TokenAnswer } from '../../../src/bff-protocol.ts'
import { behaviours, status } from '../../../src/testing/provider/behaviours.ts'
import { refusal } from '../../../src/testing/provider/responses.ts'
import { problemOf, setUp, type Browser, type SetupOptions } from '../setup.ts'

const MINUTE = 60_000

async function signedIn(given: SetupOptions = {}) {
  const setup = await setUp({
    ...given,
    provider: { expiresIn: 300, ...given.provider },
    options: {
      mediated: [{}, { scope: 'orders' }, { resource: 'https://api.example' }],
      ...given.options,
    },
  })
  const user = setup.browser()
  await user.signIn()
  return { ...setup, user, refreshes: () => setup.provider.requests('token').length - 1 }
}

async function tokenOf(response: Response): Promise<TokenAnswer> {
  if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`)
  return (await response.json()) as TokenAnswer
}

const token = async (user: Browser, body?: unknown) => tokenOf(await user.post('/bff/token', body))

describe('an access token', () => {
  test('B-51 is given out as long as it holds, with what is left of it, and is not stored', async () => {
    const { user, advance, refreshes } = await signedIn()
    const first = await user.post('/bff/token')
    expect(first.headers.get('cache-control')).toBe('no-store')
    const { accessToken, ...rest } = await tokenOf(first)
    expect(rest).toMatchObject({ sub: 'user-1', tokenType: 'Bearer' })
    advance(100_000)
    const later = await token(user)
    expect(later.accessToken).toBe(accessToken)
    expect(later.expiresIn).toBeLessThanOrEqual(200)
    expect(refreshes()).toBe(0)
  })

  test('B-25 is renewed once for all requests of two processes', async () => {
    const { user, another, advance, refreshes, provider } = await signedIn()
    const elsewhere = another()
    const here = user.bff
    advance(5 * MINUTE)
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, at) => {
        user.bff = at % 2 ? here : elsewhere
        return user.post('/bff/token')
      }),
    )
    const tokens = await Promise.all(answers.map(tokenOf))
    expect(new Set(tokens.map(({ accessToken }) => accessToken)).size).toBe(1)
    expect(refreshes()).toBe(1)
    expect([...provider.refreshTokens.values()].some(({ grant }) => !grant.alive)).toBe(false)
  })

  test('is renewed ahead of time, and nobody waits for it', async () => {
    const { user, advance, refreshes, provider } = await signedIn()
    const { accessToken } = await token(user)
    advance(290_000)
    let answer = () => {}
    provider.next('token', async (act) => {
      await new Promise<void>((resolve) => (answer = resolve))
      return act()
    })
    for (let call = 0; call < 10; call++) expect((await token(user)).accessToken).toBe(accessToken)
    await expect.poll(() => provider.requests('token').length).toBe(2)
    answer()
    await expect.poll(async () => (await token(user)).accessToken).not.toBe(accessToken)
    expect(refreshes()).toBe(1)
  })

  test('B-26 comes also for those who asked after everybody who asked before has left', async () => {
    const { user, advance, refreshes, provider, bff } = await signedIn()
    advance(5 * MINUTE)
    let answer = () => {}
    provider.next('token', async (act) => {
      await new Promise<void>((resolve) => (answer = resolve))
      return act()
    })
    const leaving = new AbortController()
    const headers = { 'x-csrf': '1', cookie: user.cookie }
    const request = new Request('https://app.example/bff/refresh', {
      ...{ method: 'POST', headers, signal: leaving.signal },
    })
    const left = bff.handle(request)
    await expect.poll(() => provider.requests('token').length).toBe(2)
    leaving.abort()
    answer()
    await left
    await token(user)
    expect(refreshes()).toBe(1)
  })

  test('B-51 of a narrower scope is asked for as such, never the wide one that is at hand', async () => {
    const { user, provider, refreshes } = await signedIn()
    const own = await token(user)
    const narrow = await token(user, { scope: 'orders' })
    expect(narrow.accessToken).not.toBe(own.accessToken)
    expect(narrow.scope).toBe('orders')
    expect(provider.requests('token').at(-1)!.parameters.get('scope')).toBe('orders')
    expect((await token(user, { scope: 'orders' })).accessToken).toBe(narrow.accessToken)
    expect(refreshes()).toBe(1)
  })

  test.each([
    ['another scope', { scope: 'admin' }, 'token_not_allowed', 403],
    ['a wider scope', { scope: 'orders admin' }, 'token_not_allowed', 403],
    ['another resource', { resource: 'https://other.example' }, 'token_not_allowed', 403],
    ['what is no scope', { scope: 5 }, 'invalid_request', 400],
    ['a validity that is none', { minValidity: -1 }, 'invalid_request', 400],
    ['a list', [], 'invalid_request', 400],
  ])('B-51 for %s is refused, and nothing is asked', async (_, body, code, statusCode) => {
    const { user, refreshes } = await signedIn()
    const problem = await problemOf(await user.post('/bff/token', body))
    expect(problem).toMatchObject({ code, status: statusCode })
    expect(refreshes()).toBe(0)
  })

  test('B-51 is for no page where the options do not say so', async () => {
    const { browser } = await setUp()
    const user = browser()
    await user.signIn()
    expect(await problemOf(await user.post('/bff/token'))).toMatchObject({
      ...{ status: 403, code: 'token_not_allowed' },
      title: expect.stringContaining('`mediated`'),
    })
  })

  test('is asked for anew where more validity is needed than it has', async () => {
    const { user, advance, refreshes } = await signedIn()
    advance(200_000)
    expect((await token(user, { minValidity: 150 })).expiresIn).toBeGreaterThan(150)
    expect(refreshes()).toBe(1)
    const problem = await problemOf(await user.post('/bff/token', { minValidity: 400 }))
    expect(problem.code).toBe('min_validity_unattainable')
    expect(refreshes()).toBe(1)
  })

  test('is asked for once, however many ways a page finds to want it longer than it lives', async () => {
    const { user, advance, refreshes } = await signedIn()
    advance(6 * MINUTE)
    const wanted = Array.from({ length: 30 }, (_, at) => ({ minValidity: 301 + at / 10 }))
    const answers = await Promise.all(wanted.map((body) => user.post('/bff/token', body)))
    const codes = await Promise.all(answers.map(async (one) => (await problemOf(one)).code))
    expect(new Set(codes)).toEqual(new Set(['min_validity_unattainable']))
    expect(refreshes()).toBe(1)
    expect((await token(user)).expiresIn).toBeGreaterThan(200)
  })

  test('is another one when the page asks for another one, but not twice a second', async () => {
    const { user, advance, refreshes } = await signedIn()
    advance(2000)
    const { accessToken } = await token(user)
    const forced = await Promise.all([
      token(user, { forceRefresh: true }),
      token(user, { forceRefresh: true }),
    ])
    expect(forced[0].accessToken).not.toBe(accessToken)
    expect(forced[1].accessToken).toBe(forced[0].accessToken)
    expect((await token(user, { forceRefresh: true })).accessToken).toBe(forced[0].accessToken)
    expect(refreshes()).toBe(1)
  })

  test('B-56 of many scopes is asked for one after another, and of each at most once a second', async () => {
    const scopes = Array.from({ length: 10 }, (_, at) => `scope-${at}`)
    const { user, advance, refreshes, provider } = await signedIn({
      options: { mediated: scopes.map((scope) => ({ scope })) },
    })
    advance(2000)
    let most = 0
    let running = 0
    provider.always('token', async (act) => {
      most = Math.max(most, ++running)
      const response = await act()
      running--
      return response
    })
    const calls = [...scopes, ...scopes, ...scopes].map((scope) =>
      user.post('/bff/token', { scope, forceRefresh: true }),
    )
    const answers = await Promise.all(calls)
    expect(answers.map(({ status }) => status)).toEqual(Array(30).fill(200))
    expect([most, refreshes()]).toEqual([1, 10])
    for (const scope of scopes) await token(user, { scope, forceRefresh: true })
    expect(refreshes()).toBe(10)
    advance(1001)
    for (const scope of scopes) await token(user, { scope, forceRefresh: true })
    expect(refreshes()).toBe(20)
  })

  test('that is over when it comes serves those who waited for it', async () => {
    const { user, advance } = await signedIn({ provider: { expiresIn: 0 } })
    advance(2000)
    expect((await token(user)).accessToken).toMatch(/^at-/)
  })

  test('is renewed by /refresh, which tells the session as /session does', async () => {
    const { user, advance } = await signedIn()
    advance(2000)
    const before = (await user.sessionAnswer()) as SignedInAnswer
    const after = (await (await user.post('/bff/refresh')).json()) as SignedInAnswer
    expect(after).toMatchObject({ authenticated: true, claims: { sub: 'user-1' } })
    expect(after.generation).toBe(before.generation + 1)
    expect(JSON.stringify(after)).not.toMatch(/\b(at|rt)-/)
  })

  test('is not given to a page of the user before', async () => {
    const { user } = await signedIn()
    const before = (await user.sessionAnswer()) as SignedInAnswer
    await user.signIn()
    const headers = { 'x-session': before.session! }
    const late = await user.call('/bff/token', { method: 'POST', headers })
    expect(await problemOf(late)).toMatchObject({ code: 'session_changed', status: 409 })
  })
})

describe('B-27 a refresh that fails', () => {
  const FAULTS = [
    ['503', status(503)],
    ['503 with Retry-After', status(503, { 'retry-after': '7' })],
    ['429', status(429)],
    ['429 with Retry-After', status(429, { 'retry-after': '7' })],
    ['HTML', behaviours.html],
    ['a redirect', behaviours.redirect],
    ['no connection', behaviours.offline],
  ] as const

  test.each(FAULTS)(
    'with %s keeps the session, asks once, and passes the time on',
    async (name, fault) => {
      const { user, advance, refreshes, provider, another } = await signedIn()
      advance(5 * MINUTE)
      provider.always('token', fault)
      const elsewhere = another()
      const here = user.bff
      for (let call = 0; call < 15; call++) {
        user.bff = call % 2 ? here : elsewhere
        const response = await user.post('/bff/token')
        expect(await problemOf(response)).toMatchObject({
          code: 'provider_unavailable',
          status: 503,
        })
        const retryAfter = Number(response.headers.get('retry-after'))
        if (name.includes('Retry-After')) expect(retryAfter).toBe(7)
        else expect(retryAfter).toBe(1)
      }
      expect(refreshes()).toBe(1)
      provider.always('token', undefined)
      advance(8000)
      expect(await user.sessionAnswer()).toMatchObject({ authenticated: true })
      await token(user)
      expect(refreshes()).toBe(2)
    },
  )

  test.each(FAULTS)(
    'with %s while the token still holds is no failure to anybody',
    async (_, fault) => {
      const { user, advance, provider } = await signedIn()
      const { accessToken } = await token(user)
      advance(295_000)
      provider.always('token', fault)
      for (let call = 0; call < 10; call++)
        expect((await token(user)).accessToken).toBe(accessToken)
      await expect.poll(() => provider.requests('token').length).toBe(2)
    },
  )

  test('waits longer after each failure', async () => {
    const { user, advance, events, provider } = await signedIn()
    advance(5 * MINUTE)
    provider.always('token', status(503))
    for (let failure = 0; failure < 5; failure++) {
      await user.post('/bff/token')
      advance(61_000)
    }
    const pauses = events.flatMap((event) =>
      event.type === 'refresh-failed' ? [event.retryAfter] : [],
    )
    expect(pauses).toHaveLength(5)
    expect(pauses.at(-1)).toBeGreaterThan(7999)
  })

  test('after the provider acted ends the session the next time, and says that an answer was lost', async () => {
    const { user, advance, provider, events } = await signedIn()
    advance(5 * MINUTE)
    provider.next('token', behaviours.dropAfterActing)
    expect((await problemOf(await user.post('/bff/token'))).code).toBe('provider_unavailable')
    advance(2000)
    const problem = await problemOf(await user.post('/bff/token'))
    expect(problem).toMatchObject({ code: 'reauth_required', status: 401, reason: 'answer_lost' })
    expect(events.at(-2)).toMatchObject({ type: 'session-ended', reason: 'answer_lost' })
  })

  test('B-22 B-28 with invalid_grant ends the session once, for all, and nothing more is asked', async () => {
    const { user, advance, provider, refreshes, events } = await signedIn()
    advance(5 * MINUTE)
    provider.always('token', () => refusal('invalid_grant'))
    const answers = await Promise.all([user.post('/bff/token'), user.post('/bff/token')])
    for (const answer of answers) {
      expect(await problemOf(answer)).toMatchObject({
        ...{
          code: 'session_expired',
          status: 401,
          reason: 'invalid_grant',
          error: 'invalid_grant',
        },
      })
    }
    for (let call = 0; call < 5; call++) {
      expect((await problemOf(await user.post('/bff/token'))).code).toBe('not_authenticated')
    }
    expect(await user.sessionAnswer()).toEqual({ authenticated: false })
    expect(refreshes()).toBe(1)
    expect(events.filter(({ type }) => type === 'session-ended')).toHaveLength(1)
  })

  test('of one scope leaves the session and its own token alone', async () => {
    const { user, provider, refreshes } = await signedIn()
    provider.always('token', () => refusal('invalid_scope'))
    for (let call = 0; call < 5; call++) {
      const problem = await problemOf(await user.post('/bff/token', { scope: 'orders' }))
      expect(problem).toMatchObject({ code: 'token_refused', status: 403, error: 'invalid_scope' })
    }
    expect(refreshes()).toBe(1)
    await token(user)
  })

  test('of one scope in words that may mean the session asks for the session’s own token, once', async () => {
    const { user, provider, advance, refreshes } = await signedIn()
    advance(2000)
    provider.next('token', () => refusal('invalid_grant'))
    const alive = await problemOf(await user.post('/bff/token', { scope: 'orders' }))
    expect(alive).toMatchObject({ code: 'token_refused', error: 'invalid_grant' })
    expect(refreshes()).toBe(2)
    expect(await user.sessionAnswer()).toMatchObject({ authenticated: true })
    advance(120_000)
    provider.always('token', () => refusal('invalid_grant'))
    const dead = await problemOf(await user.post('/bff/token', { scope: 'orders' }))
    expect(dead).toMatchObject({ code: 'session_expired', reason: 'invalid_grant' })
    expect(await user.sessionAnswer()).toEqual({ authenticated: false })
  })

  test('because the credentials of the backend are refused signs nobody out', async () => {
    const { user, provider, another, advance, events } = await signedIn()
    user.bff = another({
      clientAuthentication: { method: 'client_secret_basic', secret: 'of before' },
    })
    advance(5 * MINUTE)
    provider.always('token', () => refusal('invalid_client', 401))
    expect(await problemOf(await user.post('/bff/token'))).toMatchObject({
      ...{ code: 'provider_unavailable', status: 503 },
    })
    expect(events.at(-2)).toMatchObject({
      type: 'refresh-failed',
      error: { error: 'invalid_client' },
    })
    expect(await user.sessionAnswer()).toMatchObject({ authenticated: true })
  })

  test('for another user ends the session, and its refresh token is revoked', async () => {
    const { user, advance, provider } = await signedIn()
    advance(5 * MINUTE)
    provider.idToken.claims = { sub: 'user-2' }
    const problem = await problemOf(await user.post('/bff/token'))
    expect(problem).toMatchObject({ code: 'session_expired', reason: 'user_changed' })
    await expect.poll(() => provider.revoked.length).toBe(1)
  })

  test('without a refresh token is the end when the token is over', async () => {
    const { user, advance, provider } = await setUp({ options: { mediated: [{}] } }).then(
      async (setup) => {
        setup.provider.tokenResponse = { refresh_token: undefined }
        const user = setup.browser()
        await user.signIn()
        return { ...setup, user }
      },
    )
    await token(user)
    advance(61 * MINUTE - 2 * MINUTE)
    await token(user)
    expect(provider.requests('token')).toHaveLength(1)
    advance(2 * MINUTE)
    const problem = await problemOf(await user.post('/bff/token'))
    expect(problem).toMatchObject({ code: 'session_expired', reason: 'no_refresh_token' })
  })
})

describe('B-40 a sign-out during a refresh', () => {
  test('wins: the caller gets no token, and the new refresh token is revoked', async () => {
    const { user, advance, provider, bff } = await signedIn()
    advance(5 * MINUTE)
    let answer = () => {}
    const answered = new Promise<void>((resolve) => (answer = resolve))
    provider.next('token', async (act) => {
      const response = await act()
      await answered
      return response
    })
    const headers = { 'x-csrf': '1', cookie: user.cookie }
    const waiting = bff.handle(
      new Request('https://app.example/bff/token', { method: 'POST', headers }),
    )
    await expect.poll(() => provider.requests('token').length).toBe(2)
    await user.post('/bff/logout')
    answer()
    expect((await problemOf((await waiting)!)).code).toBe('not_authenticated')
    const newest = [...provider.refreshTokens.keys()].at(-1)
    await expect.poll(() => provider.revoked).toContain(newest)
  })
})

describe('B-60 a store that is away', () => {
  function breakable() {
    const state = { down: false, calls: 0 }
    const wrap = (store: SessionStore): SessionStore =>
      new Proxy(store, {
        get(target, name: keyof SessionStore) {
          return (...args: never[]) => {
            state.calls++
            if (state.down) return Promise.reject(new Error('ECONNREFUSED 10.0.0.1:6379'))
            return (target[name] as (...a: never[]) => unknown).apply(target, args)
          }
        },
      })
    return { state, wrap }
  }

  test('is 503 with Retry-After for everything, never anonymous, and over when it is back', async () => {
    const { state, wrap } = breakable()
    const { user, events } = await signedIn({ store: wrap })
    state.down = true
    for (const [method, path] of [
      ['GET', '/bff/session'],
      ['POST', '/bff/refresh'],
      ['POST', '/bff/token'],
    ] as const) {
      const response = await user.call(path, { method })
      expect(response.headers.get('retry-after')).toBe('1')
      const text = await response.clone().text()
      expect(await problemOf(response)).toMatchObject({ code: 'store_unavailable', status: 503 })
      expect(text).not.toContain('10.0.0.1')
    }
    await expect(
      user.bff.getSession(
        new Request('https://app.example/', { headers: { cookie: user.cookie } }),
      ),
    ).rejects.toMatchObject({ code: 'store_unavailable' })
    const health = await user.send('/bff/health')
    expect([health.status, await health.json()]).toEqual([503, { store: false, provider: true }])
    expect(events).toContainEqual(expect.objectContaining({ type: 'store-failed' }))
    state.down = false
    expect(await user.sessionAnswer()).toMatchObject({ authenticated: true })
    expect((await user.send('/bff/health')).status).toBe(200)
  })

  test('when the provider has answered loses no refresh token', async () => {
    const { state, wrap } = breakable()
    const { user, advance, provider, refreshes } = await signedIn({ store: wrap })
    advance(5 * MINUTE)
    provider.next('token', async (act) => {
      state.down = true
      setTimeout(() => (state.down = false), 300)
      return act()
    })
    await token(user)
    advance(5 * MINUTE)
    await token(user)
    expect(refreshes()).toBe(2)
  })

  test('does not keep anybody signed in: a sign-out deletes the cookie', async () => {
    const { state, wrap } = breakable()
    const { user } = await signedIn({ store: wrap })
    state.down = true
    const response = await user.post('/bff/logout')
    expect(response.status).toBe(503)
    expect(user.session).toBeUndefined()
  })

  test('signs nobody in, and the refresh token that came is revoked', async () => {
    const { state, wrap } = breakable()
    const { browser, provider } = await setUp({ store: wrap })
    const user = browser()
    const callback = await user.begin()
    state.down = true
    const back = await user.navigate(callback, 'cross-site')
    expect(await problemOf(back)).toMatchObject({ code: 'store_unavailable', status: 503 })
    expect(user.session).toBeUndefined()
    await expect.poll(() => provider.revoked.length).toBe(1)
  })
})

describe('a process that died in the middle of a refresh', () => {
  test('leaves the session to others: the provider had not acted', async () => {
    const { user, store, advance, provider, refreshes, another } = await signedIn()
    await leaveStarted(store, user)
    advance(5 * MINUTE)
    user.bff = another()
    await token(user)
    expect(refreshes()).toBe(1)
    expect(provider.revoked).toEqual([])
  })

  test('takes the answer with it where the provider had acted: reauth_required', async () => {
    const { user, store, advance, provider } = await signedIn()
    await leaveStarted(store, user)
    advance(5 * MINUTE)
    provider.always('token', () => refusal('invalid_grant'))
    expect(await problemOf(await user.post('/bff/token'))).toMatchObject({
      ...{ code: 'reauth_required', status: 401, reason: 'answer_lost' },
    })
  })

  test('ends the session also where the store did it, and its answers were lost', async () => {
    const lost = new Set(['delete', 'get after it'])
    const wrap = (store: SessionStore): SessionStore =>
      new Proxy(store, {
        get(target, name: keyof SessionStore) {
          return async (...args: never[]) => {
            const answer = await (target[name] as (...a: never[]) => Promise<unknown>).apply(
              target,
              args,
            )
            const isAfter = name === 'get' && !lost.has('delete')
            if (lost.delete(isAfter ? 'get after it' : name)) throw new Error('no answer')
            return answer
          }
        },
      })
    const { user, store, advance, provider, events } = await signedIn({ store: wrap })
    await leaveStarted(store, user)
    advance(5 * MINUTE)
    provider.always('token', () => refusal('invalid_grant'))
    expect(await problemOf(await user.post('/bff/token'))).toMatchObject({
      ...{ code: 'reauth_required', status: 401, reason: 'answer_lost' },
    })
    expect([...lost]).toEqual([])
    expect(events).toContainEqual(expect.objectContaining({ type: 'session-ended' }))
  })

  /** As `replace` left it before the request was sent. */
  async function leaveStarted(store: SessionStore, user: Browser): Promise<void> {
    const key = await storeKeyOf(user)
    const record = (await store.get(key))!
    const { version, ...rest } = record
    const refresh = { phase: 'started' as const, startedAt: Date.now(), holder: 'dead' }
    expect(await store.replace(key, version, { ...rest, refresh })).toBe(true)
  }

  async function storeKeyOf(user: Browser): Promise<string> {
    const bytes = Buffer.from(user.session!.split('.')[2]!, 'base64url').subarray(0, 32)
    return Buffer.from(await crypto.subtle.digest('SHA-256', bytes)).toString('base64url')
  }
})
