// A sign-in replaces the session that the browser had: what becomes of the refresh token of that one.
import { describe, expect, test } from 'vitest'
import { createMemoryStore } from '../../../src/bff/sessions/memory-store.ts'
import { sealedCookies } from '../../../src/bff/sessions/sealed-cookies.ts'
import { heldAnswer, inCookies } from '../cookie-setup.ts'
import { setUp, type Browser, type BffSetup, type SetupOptions } from '../setup.ts'

const SECOND_USER = { sub: 'user-2' }

/** Signs in again; the Strict cookie of the session before does not come back from the provider's site. */
async function signInAgain(user: Browser): Promise<void> {
  const callback = await user.begin()
  const cookies = [...user.jar].filter(([name]) => !name.includes('.tx.'))
  for (const [name] of cookies) user.jar.delete(name)
  const { status } = await user.navigate(callback, 'cross-site')
  expect(status).toBe(303)
}

const ended = ({ events }: Pick<BffSetup, 'events'>) =>
  events.filter(({ type }) => type === 'session-ended')
const tokensOf = ({ provider }: Pick<BffSetup, 'provider'>) => [...provider.refreshTokens.keys()]

describe.each<[string, (given?: SetupOptions) => Promise<BffSetup>]>([
  ['in a store', (given) => setUp({ ...given, options: { mediated: [{}], ...given?.options } })],
  ['in cookies', (given) => inCookies({}, given)],
])('the refresh token of a session %s that a sign-in replaces', (where, start) => {
  test('B-20 of another user is revoked, and the event says so', async () => {
    const setup = await start({ options: { sameSite: 'lax' } })
    const { provider, browser } = setup
    const user = browser()
    await user.signIn()
    const [first] = tokensOf(setup)
    provider.idToken.claims = SECOND_USER
    await user.signIn()
    expect(await user.sessionAnswer()).toMatchObject({ claims: SECOND_USER })
    await expect.poll(() => provider.revoked).toEqual([first])
    expect(ended(setup)).toMatchObject([{ reason: 'replaced', refreshToken: 'revoked' }])
  })

  test('B-20 of another user is revoked also where the Strict cookie did not come back with the callback', async () => {
    const setup = await start()
    const { provider, browser } = setup
    const user = browser()
    await user.signIn()
    const [first] = tokensOf(setup)
    provider.idToken.claims = SECOND_USER
    await signInAgain(user)
    expect(await user.sessionAnswer()).toMatchObject({ claims: SECOND_USER })
    await expect.poll(() => provider.revoked).toEqual([first])
    expect(ended(setup)).toMatchObject([{ reason: 'replaced', refreshToken: 'revoked' }])
  })

  test('B-20 of the same user is revoked with the new one, because providers may tie both to one grant', async () => {
    const setup = await start()
    const { provider, browser } = setup
    const user = browser()
    for (let times = 0; times < 3; times++) await signInAgain(user)
    expect(provider.revoked).toEqual([])
    expect(ended(setup)).toMatchObject([{ refreshToken: 'kept' }, { refreshToken: 'kept' }])
    await user.post('/bff/logout')
    await expect.poll(() => provider.revoked.toSorted()).toEqual(tokensOf(setup).toSorted())
  })

  test('U7 B-20 that a refresh under way brings back is not revoked under the new session of the same user', async () => {
    const setup = await start()
    const { provider, browser, advance } = setup
    const user = browser()
    await user.signIn()
    advance(2_000)
    const arrive = heldAnswer(provider)
    const late = user.call('/bff/refresh', { method: 'POST' })
    await expect.poll(() => provider.requests('token').length).toBe(2)
    await signInAgain(user)
    arrive()
    const { status } = await late
    expect([200, 401]).toContain(status)
    await setup.bff.close()
    expect(provider.revoked).toEqual([])
    expect(where).toBeTruthy()
  })

  test('B-20 neither delays nor fails the sign-in where the provider does not revoke', async () => {
    const setup = await start({ options: { sameSite: 'lax' } })
    const { provider, browser } = setup
    const user = browser()
    await user.signIn()
    provider.always('revocation', () => new Promise(() => {}))
    provider.idToken.claims = SECOND_USER
    await user.signIn()
    expect(await user.sessionAnswer()).toMatchObject({ claims: SECOND_USER })
  })
})

test('B-20 a store that is away as a sign-in replaces a session does not fail it', async () => {
  let isAway = false
  const setup = await setUp({
    store: (store) =>
      new Proxy(store, {
        get(target, name: keyof typeof store) {
          return async (...args: never[]) => {
            if (isAway && ['delete', 'mark'].includes(name)) throw new Error('away')
            return await (target[name] as (...a: never[]) => Promise<unknown>).apply(target, args)
          }
        },
      }),
  })
  const user = setup.browser()
  await user.signIn()
  isAway = true
  await user.signIn()
  expect(await user.sessionAnswer()).toMatchObject({ authenticated: true })
  expect(setup.provider.revoked).toEqual([])
})

test('B-47 an empty session cookie opens nothing, also after a sign-in replaced a session', async () => {
  const { browser } = await setUp({ store: () => createMemoryStore() })
  const user = browser()
  await user.signIn()
  await signInAgain(user)
  const answer = await user.call('/bff/session', { headers: { cookie: '__Host-Http-app=' } })
  expect(await answer.json()).toEqual({ authenticated: false })
})

test('B-50 a session in cookies does without replaced refresh tokens before it does without its hint', async () => {
  const { browser } = await inCookies({ store: sealedCookies({ maxBytes: 2_100 }) })
  const user = browser()
  for (let times = 0; times < 8; times++) await user.signIn()
  expect(await user.sessionAnswer()).toMatchObject({ authenticated: true })
})
