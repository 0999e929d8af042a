// Every way to sign out, in every place where sessions are, at every moment of a sign-in of the same browser.
import { createClient } from 'redis'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createMemoryStore } from '../../../src/bff/sessions/memory-store.ts'
import { createRedisStore, redisClientSettings } from '../../../src/bff/sessions/redis-store.ts'
import { sealedCookies } from '../../../src/bff/sessions/sealed-cookies.ts'
import { createSqliteStore } from '../../../src/bff/sessions/sqlite-store.ts'
import type { BffOptions } from '../../../src/bff/options.ts'
import type { SignedInAnswer } from '../../../src/bff-protocol.ts'
import { startRedis, type RedisServer } from '../../support/redis-server.ts'
import { sqliteDriver } from '../../support/sqlite.ts'
import { heldAnswer } from '../cookie-setup.ts'
import { logoutToken, notify } from '../logout-token.ts'
import { KEY_ONE, KEY_TWO, ORIGIN, setUp, type BffSetup, type Browser } from '../setup.ts'

let redis: RedisServer
let client: ReturnType<typeof connect>
const connect = () => createClient({ url: redis.url, ...redisClientSettings })
beforeAll(async () => {
  redis = await startRedis()
  client = connect()
  await client.connect()
})
afterAll(async () => {
  client.destroy()
  await redis.remove()
})
const sqlite = await sqliteDriver()
let prefixes = 0

type Store = NonNullable<BffOptions['store']>
const inRedis = () =>
  createRedisStore({ client, prefix: `sign-out-${(prefixes += 1)}`, deadlineMs: 10_000 })
const STORES: [string, () => Store][] = [
  ['in memory', () => createMemoryStore()],
  ['in SQLite', () => createSqliteStore({ database: sqlite.open(':memory:') })],
  ['in Redis', inRedis],
  ['in cookies with a deny-list', () => sealedCookies({ denyList: inRedis() })],
  ['in cookies alone', () => sealedCookies()],
]

/** @param name of the session that the page was rendered for */
type Setup = BffSetup & { user: Browser; name: string }
const byUser: [string, (setup: Setup) => Promise<unknown>][] = [
  ['by a page', ({ user }) => user.post('/bff/logout')],
  ['by a link', ({ user, name }) => user.navigate(`/bff/logout?sid=${name}`)],
]
const byProvider: [string, (setup: Setup) => Promise<unknown>][] = [
  ['by the back channel', async (setup) => notify(setup, await logoutToken(setup))],
  [
    'by the back channel for all of the user',
    async (setup) => notify(setup, await logoutToken(setup, { sid: undefined })),
  ],
  [
    'by the front channel',
    ({ user, provider }) =>
      user.send(
        `/bff/frontchannel-logout?${new URLSearchParams({ iss: provider.issuer, sid: 'session-1' })}`,
      ),
  ],
]

async function start(store: Store, change: Partial<BffOptions> = {}): Promise<Setup> {
  const options = { store, logoutLink: true, frontchannelLogout: true, ...change }
  const setup = await setUp({ options })
  setup.provider.idToken.claims = { sid: 'session-1' }
  return { ...setup, user: setup.browser(), name: '' }
}

async function signedIn(store: Store, change?: Partial<BffOptions>): Promise<Setup> {
  const setup = await start(store, change)
  await setup.user.signIn()
  const { session = '' } = (await setup.user.sessionAnswer()) as SignedInAnswer
  return { ...setup, name: session }
}

/** The browser has sent its callback, with the cookies that come along from another site. */
function callBack({ bff, user }: Setup, callback: string): Promise<Response> {
  const cookies = [...user.jar].filter(([name]) => name.includes('.tx.'))
  const cookie = cookies.map(([name, value]) => `${name}=${value}`).join('; ')
  return bff.handle(new Request(ORIGIN + callback, { headers: { cookie } })) as Promise<Response>
}

const isSignedIn = async ({ user }: Setup) => (await user.sessionAnswer()).authenticated
const tokensOf = ({ provider }: Setup) => [...provider.refreshTokens.keys()]

describe.each(STORES)('a sign-out of a session %s', (place, makeStore) => {
  const alone = place === 'in cookies alone'
  // Without a deny-list the provider ends nothing but by a frame.
  const ways = [...byUser, ...byProvider.filter(([way]) => !alone || way.includes('front'))]

  test.each(ways)('B-40 %s wins over a sign-in that the provider has answered', async (_, out) => {
    const setup = await signedIn(makeStore())
    const { user, provider, advance } = setup
    const callback = await user.begin()
    const arrive = heldAnswer(provider)
    const late = callBack(setup, callback)
    await expect.poll(() => provider.requests('token').length).toBe(2)
    advance(1_000)
    await out(setup)
    arrive()
    user.receive(await late)
    expect(await isSignedIn(setup)).toBe(false)
  })

  test.each(ways)('B-40 %s wins over a sign-in whose answer arrives later', async (_, out) => {
    const setup = await signedIn(makeStore())
    const { user, provider, advance } = setup
    const answer = await callBack(setup, await user.begin())
    expect(answer.status).toBe(303)
    advance(1_000)
    await out(setup)
    user.receive(answer)
    expect(await isSignedIn(setup)).toBe(false)
    provider.idToken.claims = { sid: 'session-2' }
    await user.signIn()
    expect(await isSignedIn(setup)).toBe(true)
  })

  test.each(byUser)('B-40 B-44 %s revokes what came of them', async (_, out) => {
    const setup = await signedIn(makeStore())
    const { user, provider } = setup
    const under = await user.begin()
    const finished = await callBack(setup, await user.begin())
    const arrive = heldAnswer(provider)
    const late = callBack(setup, under)
    await expect.poll(() => provider.requests('token').length).toBe(3)
    await out(setup)
    arrive()
    for (const answer of [finished, await late]) user.receive(answer)
    expect(await isSignedIn(setup)).toBe(false)
    // Of a session in cookies the refresh token is in those that the browser had no time to send.
    const expected = place.startsWith('in cookies') ? 1 : 3
    await expect.poll(() => provider.revoked.length).toBe(expected)
    expect(tokensOf(setup)).toHaveLength(3)
  })

  test('B-40 wins also where the browser’s session was over before', async () => {
    const setup = await signedIn(makeStore(), { idleTimeoutMs: 60_000 })
    const { user, provider, advance } = setup
    advance(61_000)
    const under = await user.begin()
    const finished = await callBack(setup, await user.begin())
    const arrive = heldAnswer(provider)
    const late = callBack(setup, under)
    await expect.poll(() => provider.requests('token').length).toBe(3)
    await user.post('/bff/logout')
    arrive()
    user.receive(finished)
    expect(await isSignedIn(setup)).toBe(false)
    user.receive(await late)
    expect(await isSignedIn(setup)).toBe(false)
  })

  // Without a deny-list two instances do not hear of each other.
  if (alone) return
  test('B-40 B-48 wins at an instance that seals with another key', async () => {
    const setup = await signedIn(makeStore(), { keys: [KEY_ONE, KEY_TWO] })
    const { user } = setup
    const answer = await callBack(setup, await user.begin())
    user.bff = setup.another({ keys: [KEY_TWO, KEY_ONE] })
    await user.post('/bff/logout')
    user.receive(answer)
    expect(await isSignedIn(setup)).toBe(false)
  })
})

test.each(STORES)(
  'B-20 a browser that did not get the first answer is signed in by the second, where the provider takes a code twice: %s',
  async (_, makeStore) => {
    const setup = await start(makeStore())
    const { user, provider } = setup
    const callback = await user.begin()
    const { cookie } = user
    let said = ''
    provider.next('token', async (act) => {
      said = await (await act()).text()
      return new Response(said, { headers: { 'content-type': 'application/json' } })
    })
    provider.next(
      'token',
      () => new Response(said, { headers: { 'content-type': 'application/json' } }),
    )
    for (let time = 0; time < 2; time++) {
      const answer = await setup.bff.handle(new Request(ORIGIN + callback, { headers: { cookie } }))
      expect(answer!.status).toBe(303)
      if (time === 1) user.receive(answer!)
    }
    expect(await isSignedIn(setup)).toBe(true)
  },
)

test('B-56 a sign-out writes nothing to the store for who was never signed in, or made up what they began', async () => {
  const store = createMemoryStore()
  const mark = vi.spyOn(store, 'mark')
  const { user, browser } = await signedIn(store)
  const nobody = browser()
  await nobody.begin()
  const made = Array.from({ length: 50 }, (_, at) => `__Host-Http-app.tx.${at}=x.y.z`).join('; ')
  const headers = { cookie: `${user.cookie}; ${made}` }
  for (const response of [
    await nobody.post('/bff/logout'),
    await user.call('/bff/logout', { method: 'POST', headers }),
  ]) {
    expect(response.status).toBe(200)
  }
  expect(mark).not.toHaveBeenCalled()
})
