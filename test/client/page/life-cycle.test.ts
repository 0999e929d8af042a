import { expect, test } from 'vitest'
import '../lazy.ts'
import { status } from '../../../src/testing/provider/behaviours.ts'
import { outcome } from '../../support/outcomes.ts'
import { signedInApp } from '../setup.ts'

const NEED = { scope: 'openid profile' }

/** What an application's own handlers can read at once. */
function readAtOnce({ client }: Awaited<ReturnType<typeof signedInApp>>) {
  return {
    own: client.getTokenResponse(),
    narrowed: client.getTokenResponse(NEED),
    state: client.getAccessTokenState().status,
  }
}

test.each([
  ['comes out of the back-forward cache', 'enterBackForwardCache', 'leaveBackForwardCache'],
  ['was frozen and thaws', 'freeze', 'thaw'],
] as const)(
  'F5 hands out no token of a user who signed out elsewhere in a page that %s',
  async (_name, away, back) => {
    const on = await signedInApp()
    const narrowed = on.client.getAccessToken(NEED)
    await on.world.advance(2000)
    await narrowed
    const other = on.open()
    await other.client.whenSettled()
    on.tab[away]()
    await other.client.signOut({ provider: false })
    await on.world.settle()
    on.tab[back]()
    const { state, ...responses } = readAtOnce(on)
    expect(responses).toEqual({ own: undefined, narrowed: undefined })
    expect(state).not.toBe('ready')
    const token = outcome(on.client.getAccessToken())
    await on.world.advance(3000)
    expect(await token).toMatchObject({ error: { code: 'signed_out' } })
    expect(on.client.getSession().status).toBe('signed-out')
  },
)

test('F5 gives the tokens back, without a request, to a page whose user is still signed in', async () => {
  const on = await signedInApp()
  const before = await on.client.getAccessToken()
  const requests = on.tokenRequests()
  on.tab.enterBackForwardCache()
  await on.world.advance(10_000)
  on.tab.leaveBackForwardCache()
  expect(await on.client.getAccessToken()).toBe(before)
  expect(on.tokenRequests()).toBe(requests)
})

test('F22 shows no renewal as running that ended while the page was in the back-forward cache', async () => {
  const on = await signedInApp()
  const other = on.open()
  await other.client.whenSettled()
  let answer!: () => void
  const answered = new Promise<void>((resolve) => (answer = resolve))
  on.provider.next('token', (act) => answered.then(act))
  const renewal = outcome(other.client.getAccessToken({ forceRefresh: true }))
  await on.world.settle()
  expect(on.client.getRenewal()).toBe('running')
  on.tab.enterBackForwardCache()
  answer()
  await on.world.advance(1000)
  await renewal
  on.tab.leaveBackForwardCache()
  await on.world.advance(1000)
  expect(on.client.getRenewal()).toBe('idle')
})

test('F28 gets a watched token also where the browser says offline and the network works', async () => {
  const on = await signedInApp({}, { expiresIn: 60 })
  on.tab.saysOnline = false
  on.client.subscribeAccessToken(() => {})
  await on.world.advance(65_000)
  expect(on.client.getAccessTokenState().status).toBe('ready')
})

test('F32 serves the first call after the network is back, also where nothing watches a token', async () => {
  const on = await signedInApp({}, { expiresIn: 60 })
  await on.world.advance(61_000)
  on.world.online = false
  const failed = outcome(on.client.getAccessToken())
  await on.world.advance(30_000)
  expect(await failed).toMatchObject({ error: { code: 'network' } })
  on.world.online = true
  on.tab.emit('wake')
  const token = outcome(on.client.getAccessToken())
  await on.world.advance(1500)
  expect(await token).toMatchObject({ value: expect.stringMatching(/^at-/) })
})

test('F32 looks at a shown token again within seconds of its end, when the device slept and no event came', async () => {
  const on = await signedInApp({}, { expiresIn: 3600 })
  on.client.subscribeAccessToken(() => {})
  const before = await on.client.getAccessToken()
  on.world.sleep(2 * 3_600_000)
  await on.world.advance(6000)
  const state = on.client.getAccessTokenState()
  expect(state.status).toBe('ready')
  expect(state.status === 'ready' && state.accessToken).not.toBe(before)
})

test('F32 asks for the next token when a reader finds it over', async () => {
  const on = await signedInApp({}, { expiresIn: 3600 })
  on.client.subscribeAccessToken(() => {})
  on.world.sleep(2 * 3_600_000)
  expect(on.client.getAccessTokenState().status).toBe('pending')
  await on.world.settle()
  expect(on.client.getAccessTokenState().status).toBe('ready')
})

test('F14 P17 tells a failed renewal by its own code', async () => {
  const on = await signedInApp({}, { expiresIn: 60 })
  on.provider.always('token', status(503))
  const failed = outcome(on.client.getAccessToken({ forceRefresh: true }))
  await on.world.advance(20_000)
  await failed
  const codes = on.client.diagnostics().errors.map(({ code }) => code)
  expect(codes).toContain('provider_unavailable')
  expect(codes).not.toContain('vault_unavailable')
})
