// The client in BFF mode with the real handler: what one says, the other understands.
import { beforeEach, expect, test } from 'vitest'
import { createClient } from '../../../src/client/create-auth-client.ts'
import type { TabOptions } from '../../../src/testing/device/tab-options.ts'
import { VirtualDevice } from '../../../src/testing/device/virtual-device.ts'
import { setUp, type Browser, type BffSetup, type SetupOptions } from '../../bff/setup.ts'
import { failure } from '../../support/outcomes.ts'
import '../lazy.ts'

let on: BffSetup
let browser: Browser
let world: VirtualDevice

async function begin(given: SetupOptions = {}) {
  on = await setUp({ ...given, options: { mediated: [{}], ...given.options } })
  browser = on.browser()
  let running = 0
  world = new VirtualDevice({
    async fetch(url, init) {
      const { pathname, search } = new URL(url)
      running++
      return browser.call(pathname + search, init).finally(() => running--)
    },
    isBusy: () => running > 0,
  })
}

beforeEach(() => begin())

function open(options: TabOptions = {}) {
  const tab = world.tab(options)
  return { tab, client: createClient({ bff: '/bff' }, () => tab.env) }
}

type Opened = ReturnType<typeof open>

async function settled(app: Opened): Promise<Opened> {
  app.client.start()
  await world.until(() => !['restoring', 'signing-in'].includes(app.client.getSession().status))
  return app
}

/** To the handler's login, to the provider, to the callback, and to where the handler sends the browser. */
async function signIn({ tab, client }: Opened): Promise<Opened> {
  await client.signIn()
  const response = await browser.signIn(new URL(tab.assigned.at(-1)!).search)
  const location = response.headers.get('location')!
  return settled(open({ cloneOf: tab, url: new URL(location, tab.href).href }))
}

test('signs in, comes back to the path it began at, and has a token', async () => {
  const { client, tab } = await signIn(await settled(open({ url: 'https://app.example/a?b=c' })))
  expect(tab.href).toBe('https://app.example/a?b=c')
  expect(client.getSession()).toMatchObject({ status: 'signed-in', subject: 'user-1' })
  const token = await client.getAccessToken()
  expect([...on.provider.accessTokens.keys()]).toContain(token)
  expect(await client.getUserInfo()).toMatchObject({ sub: 'user-1' })
})

test('U19 signs out here, in every tab, at the backend and at the provider', async () => {
  const one = await signIn(await settled(open()))
  const two = await settled(open())
  expect(two.client.getSession().status).toBe('signed-in')
  await one.client.signOut({ postLogoutRedirectUri: '/bye' })
  await world.settle()
  expect(two.client.getSession()).toMatchObject({ reason: 'signed_out_elsewhere' })
  expect(one.tab.assigned.at(-1)).toMatch(on.provider.metadata.end_session_endpoint!)
  expect(await browser.sessionAnswer()).toEqual({ authenticated: false })
  expect(on.provider.revoked.length).toBe(1)
})

test('T-14 shows a session that the provider ended as expired, with its reason', async () => {
  const { client } = await signIn(await settled(open()))
  // A token that is a moment old is not renewed: no two refreshes within a second.
  on.advance(2000)
  for (const { grant } of on.provider.refreshTokens.values()) grant.alive = false
  const error = await failure(client.getAccessToken({ forceRefresh: true }))
  expect(error.code).toBe('session_expired')
  expect(client.getSession()).toMatchObject({ status: 'expired', reason: 'invalid_grant' })
  const again = await settled(open())
  expect(again.client.getSession()).toMatchObject({ status: 'signed-out' })
})

test('U20 gives no token of another user, and shows that user', async () => {
  const one = await signIn(await settled(open({ channels: false })))
  on.provider.options.subject = 'user-2'
  await browser.signIn()
  expect((await failure(one.client.getAccessToken())).code).toBe('user_mismatch')
  await world.settle()
  expect(one.client.getSession()).toMatchObject({ status: 'signed-in', subject: 'user-2' })
})

test('in proxied mode says where tokens are: the backend gives none', async () => {
  await begin({ options: { mediated: [] } })
  const { client } = await signIn(await settled(open()))
  const error = await failure(client.getAccessToken())
  expect(error).toMatchObject({ code: 'token_not_in_page' })
  expect(error.message).toMatch(/auth\.fetch/)
  // Whoever runs the backend can tell it from a path that is none.
  expect(on.events).toContainEqual({
    ...{ type: 'request-refused', route: '/token', code: 'token_not_allowed' },
  })
  expect(client.getSession().status).toBe('signed-in')
})

test('knows from a server’s page who is signed in, without a request', async () => {
  await browser.signIn()
  const request = new Request('https://app.example/', { headers: { cookie: browser.cookie } })
  const shown = await on.bff.getSession(request)
  expect(shown).toMatchObject({ status: 'signed-in', subject: 'user-1' })
  let requests = 0
  const { fetch } = world.network
  world.network.fetch = (url, init) => {
    requests++
    return fetch(url, init)
  }
  const { client } = open()
  client.hydrate(shown)
  await world.settle()
  expect(client.getSession()).toMatchObject({ status: 'signed-in', subject: 'user-1' })
  expect(requests).toBe(0)
  expect([...on.provider.accessTokens.keys()]).toContain(await client.getAccessToken())
})
