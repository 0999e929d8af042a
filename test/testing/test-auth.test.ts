import { afterEach, describe, expect, expectTypeOf, test, vi } from 'vitest'
import type { AuthClient } from '../../src/core.ts'
import { AuthError } from '../../src/errors.ts'
import { createTestAuth } from '../../src/testing/auth/create-test-auth.ts'
import type { TestAuth, TestAuthOptions, TestSession } from '../../src/testing/auth/test-auth.ts'

const ADA = { sub: 'ada', name: 'Ada' }
const BOB = { sub: 'bob', name: 'Bob' }
const CANCELLED = new AuthError('access_denied', { message: 'Cancelled.' })
const DOWN = new AuthError('provider_unavailable', { message: 'Down.', status: 503 })

async function signedIn(options: TestAuthOptions = {}): Promise<TestAuth> {
  const auth = createTestAuth({ user: ADA, ...options })
  await auth.whenSettled()
  return auth
}

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

describe('a client for tests', () => {
  test('has a user from the start, whose token and UserInfo are there', async () => {
    const auth = await signedIn({ userInfo: { locale: 'en' } })
    expect(auth.getSession()).toEqual({ status: 'signed-in', user: ADA, subject: 'ada' })
    expect(auth.getAccessTokenState()).toMatchObject({ status: 'ready' })
    expect(await auth.getAccessToken()).toBe('test-access-token-1')
    expect(await auth.getAccessToken({ forceRefresh: true })).toBe('test-access-token-2')
    expect(await auth.getAccessToken({ scope: 'orders' })).toBe('test-access-token-3')
    expect(await auth.getAccessToken({ scope: 'orders' })).toBe('test-access-token-3')
    expect(await auth.getUserInfo()).toEqual({ ...ADA, locale: 'en' })
  })

  test('has a user of its own where none is named, and nobody where none is wanted', async () => {
    expect(await createTestAuth().whenSettled()).toMatchObject({ subject: 'test-user' })
    const nobody = createTestAuth({ user: null })
    expect(await nobody.whenSettled()).toEqual({ status: 'signed-out', reason: 'no_session' })
    await expect(nobody.getAccessToken()).rejects.toMatchObject({ code: 'signed_out' })
  })

  test.each<[string, TestSession, object]>([
    ['restoring', { status: 'restoring' }, { status: 'restoring' }],
    ['signing-in', { status: 'signing-in' }, { status: 'signing-in' }],
    [
      'signed-out',
      { status: 'signed-out', reason: 'signed_out' },
      { status: 'signed-out', reason: 'signed_out' },
    ],
    [
      'expired',
      { status: 'expired', user: ADA, error: DOWN },
      { status: 'expired', user: ADA, reason: 'invalid_grant', error: { status: 503 } },
    ],
    ['error', { status: 'error', error: CANCELLED }, { status: 'error', error: CANCELLED }],
  ])('begins as %s, stays so, and goes on from there', async (_, session, shown) => {
    const auth = createTestAuth({ session })
    await turns()
    expect(auth.getSession()).toMatchObject(shown)
    await auth.signInAs(BOB)
    expect(auth.getSession()).toMatchObject({ status: 'signed-in', user: BOB })
    expect(await auth.getAccessToken()).toMatch(/^test-access-token-/)
  })

  test('is moved by who signs in or out while the session is being restored, or a sign-in is on its way', async () => {
    for (const session of [{ status: 'restoring' }, { status: 'signing-in' }] as const) {
      const one = createTestAuth({ session })
      await one.signIn()
      expect(one.getSession()).toMatchObject({ status: 'signed-in' })
      const other = createTestAuth({ session })
      await turns()
      await other.signOut()
      expect(other.getSession()).toMatchObject({ status: 'signed-out' })
      await other.signInAs(BOB)
      expect(other.getSession()).toMatchObject({ status: 'signed-in', user: BOB })
    }
  })

  test('is moved at once, however early', async () => {
    for (const session of [{ status: 'restoring' }, { status: 'signing-in' }] as const) {
      const auth = createTestAuth({ session })
      await auth.signInAs(BOB)
      expect(auth.getSession()).toMatchObject({ status: 'signed-in', user: BOB })
    }
    const auth = createTestAuth({ user: ADA })
    await auth.signOutElsewhere()
    expect(auth.getSession()).toEqual({ status: 'signed-out', reason: 'signed_out_elsewhere' })
    await auth.signOutElsewhere()
    expect(auth.getSession()).toMatchObject({ status: 'signed-out' })
  })

  test('changes its user as another tab does: no token of the one before is left', async () => {
    const auth = await signedIn()
    const before = await auth.getAccessToken()
    await auth.signInAs(BOB)
    expect(auth.getSession()).toMatchObject({ status: 'signed-in', subject: 'bob' })
    expect(auth.getTokenResponse()?.access_token).not.toBe(before)
    await auth.signInAs({ ...BOB, name: 'Robert' })
    expect(auth.getSession()).toMatchObject({ user: { name: 'Robert' } })
  })

  test('expires, and one sign-in brings the same user back', async () => {
    const auth = await signedIn()
    await auth.expire({ reason: 'answer_lost', error: DOWN })
    expect(auth.getSession()).toMatchObject({ status: 'expired', reason: 'answer_lost', user: ADA })
    await expect(auth.getAccessToken()).rejects.toMatchObject({ code: 'session_expired' })
    await auth.signIn()
    expect(auth.getSession()).toMatchObject({ status: 'signed-in', user: ADA })
  })

  test('signs in whoever is named, and records what was asked for', async () => {
    const navigate = vi.fn()
    const auth = createTestAuth({ user: null, navigate })
    auth.answerSignIns(BOB)
    await auth.signIn({ prompt: 'login', returnTo: '/orders?page=2' })
    expect(auth.getSession()).toMatchObject({ status: 'signed-in', user: BOB })
    expect(auth.signIns).toEqual([{ prompt: 'login', returnTo: '/orders?page=2' }])
    expect(navigate.mock.calls).toEqual([['/orders?page=2']])
  })

  test('is refused by the provider: the session says why, and a popup’s caller, too', async () => {
    const auth = createTestAuth({ user: null })
    auth.answerSignIns(CANCELLED)
    await auth.signIn()
    expect(auth.getSession()).toMatchObject({ status: 'error', error: { code: 'access_denied' } })
    await expect(auth.signIn({ mode: 'popup' })).rejects.toBe(CANCELLED)
    auth.answerSignIns(ADA)
    await auth.signIn({ mode: 'popup' })
    expect(auth.getSession()).toMatchObject({ status: 'signed-in', user: ADA })
    auth.answerSignIns(CANCELLED)
    await auth.signIn()
    expect(auth.getSession()).toMatchObject({
      status: 'signed-in',
      signInError: { code: 'access_denied' },
    })
  })

  test('lets a guard sign in by itself', async () => {
    const auth = createTestAuth({ user: null })
    const request = new Request('http://localhost/orders')
    void auth.requireSession({ request })
    await expect.poll(() => auth.getSession().status).toBe('signed-in')
    expect(auth.signIns).toEqual([{ returnTo: '/orders', automatic: true }])
  })

  test('records where a router in memory is, whose origin is not that of the page', async () => {
    const auth = createTestAuth({ user: null })
    const request = new Request('http://memory.example/orders?page=2')
    expect(await auth.requireSession({ request })).toMatchObject({ subject: 'test-user' })
    expect(auth.signIns).toEqual([{ returnTo: '/orders?page=2', automatic: true }])
    const other = createTestAuth({ user: null })
    await other.requireSession({ request, returnTo: '/home' })
    expect(other.signIns).toEqual([{ returnTo: '/home', automatic: true }])
  })

  test('is typed by its schema, or has the claims of an ID token', () => {
    expectTypeOf<ReturnType<typeof createTestAuth>>().toExtend<AuthClient>()
    const userSchema = {
      '~standard': { version: 1, vendor: 'test', validate: () => ({ value: { initial: 'A' } }) },
    } as const
    expectTypeOf(createTestAuth({ userSchema })).toExtend<AuthClient<{ initial: string }>>()
    expectTypeOf(createTestAuth({ user: ADA })).toExtend<AuthClient>()
  })

  test('signs out, and has no token any more', async () => {
    const auth = await signedIn()
    await auth.signOut()
    expect(auth.getSession()).toEqual({ status: 'signed-out', reason: 'signed_out' })
    expect(auth.getAccessTokenState()).toMatchObject({ status: 'unavailable' })
  })

  test('renews by the test’s own time', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] })
    const auth = await signedIn({ lifetime: 60_000 })
    const end = auth.subscribeAccessToken(() => {})
    await vi.advanceTimersByTimeAsync(3_600_000)
    const state = auth.getAccessTokenState()
    expect(state).toMatchObject({ status: 'ready' })
    expect(state).not.toMatchObject({ accessToken: 'test-access-token-1' })
    end()
    await vi.advanceTimersByTimeAsync(61_000)
    auth.failRenewals(DOWN)
    await expect(auth.getAccessToken()).rejects.toBe(DOWN)
    auth.failRenewals(undefined)
    expect(await auth.getAccessToken()).toMatch(/^test-access-token-/)
    await expect(auth.getAccessToken({ minValidity: 60_000 })).rejects.toMatchObject({
      code: 'min_validity_unattainable',
    })
  })

  test('sends what `fetch` sends to the fetch of the test', async () => {
    const sent = vi.fn(async (request: Request) => {
      const token = request.headers.get('authorization')
      return new Response(token, { status: token?.endsWith('-1') ? 401 : 200 })
    })
    vi.stubGlobal('fetch', sent)
    const auth = await signedIn({ protectedResources: ['https://api.example/'] })
    const response = await auth.fetch('https://api.example/orders')
    expect([response.status, await response.text()]).toEqual([200, 'Bearer test-access-token-2'])
    expect(sent).toHaveBeenCalledTimes(2)
    await expect(auth.fetch('https://other.example/')).rejects.toThrow('protectedResources')
  })

  test('checks the user by the schema of the application', async () => {
    const auth = createTestAuth({
      user: ADA,
      userSchema: {
        '~standard': {
          version: 1,
          vendor: 'test',
          validate: (value) =>
            (value as typeof ADA).name === 'Bob'
              ? { issues: [{ message: 'not Bob' }] }
              : { value: { initial: (value as typeof ADA).name[0] } },
        },
      },
    })
    expect(await auth.whenSettled()).toMatchObject({ user: { initial: 'A' }, subject: 'ada' })
    await auth.signInAs(BOB)
    expect(auth.getSession()).toMatchObject({ status: 'error', error: { code: 'user_invalid' } })
    await expect(auth.expire()).rejects.toThrow('the session is `error`')
  })

  test('shares nothing with another one', async () => {
    const [one, other] = [await signedIn(), await signedIn({ user: BOB })]
    await one.signOut()
    expect(other.getSession()).toMatchObject({ status: 'signed-in', user: BOB })
  })

  test('names what is wrong with its options', async () => {
    const session = { status: 'restoring' } as const
    expect(() => createTestAuth({ user: ADA, session })).toThrow('`user` or `session`')
    expect(() => createTestAuth({ lifetime: 0 })).toThrow('`lifetime`')
    expect(() => createTestAuth({ lifetime: Number.NaN })).toThrow('`lifetime`')
    const wrong: [string, object][] = [
      ['`users`', { users: ADA }],
      ['`user`', { user: {} }],
      ['`user`', { user: 'ada' }],
      ['`session.status`', { session: { status: 'signed-in' } }],
      ['`session.user`', { session: { status: 'expired' } }],
      ['`session`: `reason`', { session: { status: 'expired', user: ADA, reason: 'over' } }],
      ['`session.reason`', { session: { status: 'signed-out', reason: 'over' } }],
      ['`session.error`', { session: { status: 'error', error: new Error('no') } }],
      ['`lifetime`', { lifetime: '5' }],
      ['`userInfo`', { userInfo: 'ada' }],
      ['`navigate`', { navigate: '/' }],
      ['`protectedResources`', { protectedResources: 'https://api.example' }],
      ['`userSchema`', { userSchema: {} }],
    ]
    for (const [name, options] of wrong) expect(() => createTestAuth(options)).toThrow(name)
    const behindBackend = { protectedResources: [{ url: '/orders', bff: 'orders' }] }
    expect(() => createTestAuth(behindBackend)).not.toThrow()
  })

  test('names what is wrong with what a test does, and goes on as it was', async () => {
    const auth = await signedIn()
    const no = new Error('no') as never
    await expect(auth.signInAs({} as never)).rejects.toThrow(/^signInAs: .*`sub`/)
    await expect(auth.expire({ reason: 'over' as never })).rejects.toThrow('expire: `reason`')
    await expect(auth.expire({ error: no })).rejects.toThrow('expire: `error`')
    expect(() => auth.failRenewals(no)).toThrow(/^failRenewals: .*AuthError/)
    expect(() => auth.answerSignIns(no)).toThrow(/^answerSignIns: .*AuthError/)
    expect(() => auth.answerSignIns('ada' as never)).toThrow(/^answerSignIns: .*`sub`/)
    expect(auth.getSession()).toMatchObject({ status: 'signed-in', user: ADA })
    const nobody = createTestAuth({ user: null })
    await nobody.whenSettled()
    await expect(nobody.expire()).rejects.toThrow('the session is `signed-out`')
  })
})

/** Whatever was begun goes as far as it goes. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setTimeout(resolve, 0))
}
