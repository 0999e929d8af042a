// A runtime that stops with the response: what an answer does not wait for is told to it, and nothing else goes on.
import { expect, test } from 'vitest'
import { createBff, type Bff } from '../../src/bff/create-bff.ts'
import type { BffOptions } from '../../src/bff/options.ts'
import { sealedCookies } from '../../src/bff/sessions/sealed-cookies.ts'
import type { SessionStore } from '../../src/bff/sessions/session-store.ts'
import { status } from '../../src/testing/provider/behaviours.ts'
import { Browser, problemOf, setUp, type BffSetup, type SetupOptions } from './setup.ts'

/** Whatever the backend waits for takes this long. */
const SLOW_MS = 4
/** Before a revocation is tried again: not here. */
const RETRY_DELAY_MS = 5000
/** What is not over by then was forgotten. */
const SILENCE_MS = 120

interface Walk {
  setup: BffSetup
  user: Browser
  /** Requests to the provider and to the store that have not been answered. */
  pending(): number
  /** How many there were so far. */
  begun(): number
  /** What `waitUntil` was given, up to now, is over. */
  settled(): Promise<void>
}

async function start(given: SetupOptions = {}, change: Partial<BffOptions> = {}): Promise<Walk> {
  const setup = await setUp({
    ...given,
    options: { sameSite: 'lax', mediated: [{}], logoutLink: true, ...given.options },
    upstream: () => new Response('{}'),
  })
  let running = 0
  let begun = 0
  const slowly = async <T>(run: () => Promise<T>): Promise<T> => {
    running++
    begun++
    try {
      await new Promise((resolve) => setTimeout(resolve, SLOW_MS))
      return await run()
    } finally {
      running--
    }
  }
  const store = new Proxy(setup.store, {
    get(target, name: keyof SessionStore) {
      const method = target[name]?.bind(target) as
        ((...args: unknown[]) => Promise<unknown>) | undefined
      return method && ((...args: unknown[]) => slowly(() => method(...args)))
    },
  })
  const { env } = setup
  const bff = createBff(
    { ...setup.options, store, ...change },
    {
      ...env,
      fetch: (url, init) => slowly(() => env.fetch(url, init)),
      timer: (callback, ms) => env.timer(callback, ms === RETRY_DELAY_MS ? 20 : ms),
    },
  )
  const tasks: Promise<unknown>[] = []
  const context = {
    tasks,
    // As in workerd: of no use apart from its context.
    waitUntil(task: Promise<unknown>) {
      this.tasks.push(task)
    },
  }
  const told: Bff = { ...bff, handle: (request) => bff.handle(request, context) }
  return {
    setup,
    user: new Browser(told, setup.provider),
    pending: () => running,
    begun: () => begun,
    settled: async () => void (await Promise.all(tasks)),
  }
}

const SECOND_USER = { sub: 'user-2' }

/** What is done, in front of the signed-in user's browser, with an answer that leaves something to do. */
const ACTS: [does: string, act: (walk: Walk) => Promise<unknown>][] = [
  [
    'a sign-in as another user, who replaces a session',
    ({ user, setup }) => {
      setup.provider.idToken.claims = SECOND_USER
      return user.signIn()
    },
  ],
  [
    'the same, where the provider does not revoke at first',
    ({ user, setup }) => {
      setup.provider.next('revocation', status(503))
      setup.provider.idToken.claims = SECOND_USER
      return user.signIn()
    },
  ],
  [
    'a sign-in that is refused for its ID token',
    ({ user, setup }) => {
      setup.provider.idToken.claims = { nonce: 'another' }
      return user.signIn()
    },
  ],
  [
    'a sign-in whose user signs out meanwhile',
    async ({ user, setup }) => {
      const callback = await user.begin()
      const another = new Browser(user.bff, setup.provider)
      for (const [name, value] of user.jar) another.jar.set(name, value)
      setup.provider.next('token', async (act) => {
        await another.post('/bff/logout')
        return act()
      })
      return user.navigate(callback, 'cross-site')
    },
  ],
  ['a sign-out', ({ user }) => user.post('/bff/logout')],
  [
    'a sign-out where the provider does not revoke at first',
    ({ user, setup }) => {
      setup.provider.next('revocation', status(503))
      return user.post('/bff/logout')
    },
  ],
  [
    'a sign-out by link',
    async ({ user }) => {
      const { session = '' } = (await user.sessionAnswer()) as { session?: string }
      return user.navigate(`/bff/logout?sid=${session}`, 'same-origin')
    },
  ],
  [
    'a front-channel logout',
    ({ user, setup }) =>
      user.send(
        `/bff/frontchannel-logout?${new URLSearchParams({ iss: setup.provider.issuer, sid: 'theirs' })}`,
      ),
  ],
  [
    'a call whose token is renewed ahead of time',
    ({ user, setup }) => {
      setup.advance(3_560_000)
      return user.call('/bff/api/orders')
    },
  ],
  [
    'a call whose token is over, for two clients of which one left',
    ({ user, setup }) => {
      setup.advance(3_600_000)
      return Promise.all([user.call('/bff/api/orders'), user.post('/bff/token', {})])
    },
  ],
  [
    'a refresh whose answer is refused, and its refresh token with it',
    ({ user, setup }) => {
      setup.provider.idToken.claims = SECOND_USER
      return user.post('/bff/refresh')
    },
  ],
  [
    'a refresh that ends a session which has replaced another one',
    async ({ user, setup }) => {
      await user.signIn()
      setup.provider.next('token', status(400, JSON_TYPE, '{"error":"invalid_grant"}'))
      return user.post('/bff/refresh')
    },
  ],
  [
    'a refresh during which the user signs out',
    ({ user, setup }) => {
      setup.provider.next('token', async (act) => {
        await user.post('/bff/logout')
        return act()
      })
      return user.post('/bff/refresh')
    },
  ],
  [
    'a sign-in that begins when the metadata are old',
    ({ user, setup }) => {
      setup.advance(3_600_000)
      return user.begin()
    },
  ],
]

const JSON_TYPE = { 'content-type': 'application/json' }

test.each(ACTS)('B-61 nothing goes on unheard behind %s', async (_, act) => {
  const walk = await start({
    options: {
      ...{ frontchannelLogout: true, absoluteTimeoutMs: 36_000_000, idleTimeoutMs: 36_000_000 },
      proxy: [{ name: 'orders', upstream: 'https://api.example' }],
    },
  })
  walk.setup.provider.idToken.claims = { sid: 'theirs' }
  await walk.user.signIn()
  await walk.settled()
  await act(walk)
  await walk.settled()
  expect(walk.pending()).toBe(0)
  const begun = walk.begun()
  await new Promise((resolve) => setTimeout(resolve, SILENCE_MS))
  expect(walk.begun()).toBe(begun)
})

test('B-61 nothing goes on unheard behind a session that has become too large for cookies', async () => {
  const walk = await start({}, { store: sealedCookies({ maxBytes: 3000 }), mediated: [] })
  await walk.user.signIn()
  walk.setup.advance(2000)
  walk.setup.provider.tokenResponse = { access_token: randomText(4000) }
  const response = await walk.user.post('/bff/refresh')
  expect((await problemOf(response)).code).toBe('session_too_large')
  await walk.settled()
  expect(walk.pending()).toBe(0)
  expect(walk.setup.provider.revoked).toHaveLength(1)
})

test('B-61 a client that leaves takes no sign-in with it', async () => {
  const { setup, user, pending, settled } = await start()
  const callback = await user.begin()
  await settled()
  void user.navigate(callback, 'cross-site').catch(() => {})
  await settled()
  expect(pending()).toBe(0)
  expect(setup.events.map(({ type }) => type)).toContain('session-created')
})

function randomText(length: number): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(length))).toString('base64url')
}
