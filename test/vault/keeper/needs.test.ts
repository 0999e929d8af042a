import { describe, expect, test } from 'vitest'
import { status, type Behaviour } from '../../../src/testing/provider/behaviours.ts'
import { json, refusal } from '../../../src/testing/provider/responses.ts'
import { failure } from '../../support/outcomes.ts'
import {
  accessToken,
  vaultDevice as device,
  gate,
  signedInVault as signedIn,
  states,
} from '../device.ts'

// One need's failure is that need's alone.

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const BROKEN = { resource: ['https://broken.example'] }

/** Something happens to requests for a resource, and the rest goes as usual. */
const forResource =
  (behaviour: Behaviour): Behaviour =>
  (act, request) =>
    request.parameters.has('resource') ? behaviour(act, request) : act()

const changed =
  (members: object): Behaviour =>
  async (act) =>
    json({ ...(await (await act()).json()), ...members })

describe.each<[string, Behaviour]>([
  ['503', status(503)],
  ['503 with Retry-After', status(503, { 'retry-after': '120' })],
  ['429 with Retry-After', status(429, { 'retry-after': '120' })],
  ['no answer', () => Promise.reject(new TypeError('Failed to fetch'))],
  ['HTML', () => new Response('<html>', { headers: { 'content-type': 'text/html' } })],
])('F4 a resource whose tokens always fail (%s)', (_, behaviour) => {
  test('denies the session’s own token not once in an hour, and is not asked for without a pause', async () => {
    const { vault, provider, world, refreshes } = await signedIn('isolated', {
      rotate: false,
      expiresIn: 300,
    })
    provider.always('token', forResource(behaviour))
    let denied = 0
    for (let i = 0; i < 360; i++) {
      // A component watches the resource.
      vault.getToken({ ...BROKEN, proactive: true }).catch(() => {})
      vault.getToken({}).catch(() => denied++)
      await world.advance(10 * SECOND)
    }
    expect(denied).toBe(0)
    const broken = refreshes().filter(({ parameters }) => parameters.has('resource'))
    expect(broken.length).toBeLessThan(90)
    expect(refreshes().length - broken.length).toBeLessThanOrEqual(12)
  })
})

describe('F4 an odd answer to a need', () => {
  test.each<[string, Behaviour]>([
    ['token_type N_A', changed({ token_type: 'N_A' })],
    ['expires_in -1', changed({ expires_in: -1 })],
    ['no access token', changed({ access_token: undefined })],
    ['a bare 400', status(400)],
    ['503 after it acted', async (act) => (await act(), new Response('', { status: 503 }))],
    ['invalid_target', () => refusal('invalid_target')],
  ])('ends no session, however often it comes: %s', async (_, behaviour) => {
    const { vault, events, provider, world, ask } = await signedIn('isolated', { rotate: false })
    provider.always('token', forResource(behaviour))
    for (let i = 0; i < 8; i++) {
      await failure(ask(vault, { ...BROKEN, proactive: true }))
      await world.advance(2 * MINUTE)
    }
    expect(states(events)).toEqual([])
    await ask(vault, { forceRefresh: true })
  })

  test('does not count against the session’s own request', async () => {
    const { vault, events, provider, world, ask } = await signedIn('isolated', { rotate: false })
    provider.always('token', forResource(changed({ expires_in: -1 })))
    for (let i = 0; i < 3; i++) {
      await failure(ask(vault, { ...BROKEN, proactive: true }))
      await world.advance(2 * MINUTE)
    }
    // Two refusals without a code are taken for chance, as if nothing had been before.
    provider.always('token', undefined)
    provider.next('token', status(400), status(400))
    await ask(vault, { forceRefresh: true })
    expect(states(events)).toEqual([])
  })

  test('whose answer was lost after the provider rotated names the end of the session', async () => {
    const { vault, events, provider, ask } = await signedIn()
    provider.next('token', async (act) => (await act(), Promise.reject(new TypeError('reset'))))
    await failure(ask(vault, { ...BROKEN, proactive: true }))
    await failure(ask(vault, { forceRefresh: true }))
    expect(states(events)).toMatchObject([{ status: 'expired', reason: 'answer_lost' }])
  })
})

test('F4 a failure of the session’s own request makes every need wait', async () => {
  const { vault, provider, world, refreshes } = await signedIn()
  world.sleep(2 * HOUR)
  provider.always('token', status(503, { 'retry-after': '60' }))
  await failure(vault.getToken({ proactive: true }))
  const error = await failure(vault.getToken({ ...BROKEN, proactive: true }))
  expect(error.code).toBe('provider_unavailable')
  expect(refreshes().length).toBe(1)
})

test('F4 the session’s own token is asked for before all needs that wait', async () => {
  const { vault, provider, world, pass, refreshes } = await signedIn()
  const { behaviour, open } = gate()
  provider.next('token', behaviour)
  const others = [1, 2, 3].map((n) => vault.getToken({ resource: [`https://${n}.example`] }))
  await world.settle()
  const own = vault.getToken({ forceRefresh: true })
  await world.settle()
  open()
  await pass(Promise.all([own, ...others]))
  expect(refreshes().map(({ parameters }) => parameters.get('resource'))).toEqual([
    'https://1.example',
    null,
    'https://2.example',
    'https://3.example',
  ])
})

test('F4 a need without an answer delays the session’s own token by its one request, and spends no token twice', async () => {
  const { vault, provider, world, refreshes } = await signedIn()
  await world.advance(2 * HOUR)
  provider.always(
    'token',
    forResource(() => new Promise<Response>(() => {})),
  )
  vault.getToken(BROKEN).catch(() => {})
  await world.settle()
  for (let n = 0; n < 5; n++) vault.getToken({ resource: [`https://${n}.example`] }).catch(() => {})
  const start = world.monotonic
  let served = 0
  void vault.getToken({}).then(() => (served = world.monotonic))
  await world.advance(HOUR / 60)
  expect(served - start).toBeGreaterThanOrEqual(25 * SECOND)
  expect(served - start).toBeLessThan(30 * SECOND)
  const sent = refreshes().map(({ parameters }) => parameters.get('resource'))
  expect(sent.slice(0, 2)).toEqual([BROKEN.resource[0], null])
})

test('F17 a need that nobody waits for any more is not requested', async () => {
  const { vault, provider, world, refreshes } = await signedIn()
  provider.always('token', async (act) => {
    await new Promise<void>((resolve) => void world.timer(resolve, SECOND))
    return act()
  })
  const all = Array.from({ length: 100 }, (_, n) =>
    vault.getToken({ resource: [`https://${n}.example`] }).then(
      () => 'served',
      () => 'late',
    ),
  )
  await world.advance(5 * MINUTE)
  const results = await Promise.all(all)
  const served = results.filter((result) => result === 'served').length
  expect(served).toBeGreaterThan(20)
  expect(refreshes().length).toBeLessThanOrEqual(served + 1)
})

test('F17 the tokens of any number of needs are held up to a bound, and the session’s own stays', async () => {
  const { vault, ask, refreshes } = await signedIn()
  const own = accessToken(await ask(vault))
  for (let n = 0; n < 1100; n++) await vault.getToken({ scope: `s${n}` })
  expect(accessToken(await ask(vault))).toBe(own)
  const before = refreshes().length
  await vault.getToken({ scope: 's1099' })
  expect(refreshes().length).toBe(before)
  await vault.getToken({ scope: 's0' })
  expect(refreshes().length).toBe(before + 1)
})

test('P16 the end of a session says why in the provider’s words, in its state and to every caller', async () => {
  const { vault, events, provider, ask } = await signedIn()
  provider.next('token', () => refusal('invalid_grant', 400, 'Token is not active'))
  const words = { status: 400, error: 'invalid_grant', errorDescription: 'Token is not active' }
  const first = await failure(ask(vault, { forceRefresh: true }))
  expect(first).toMatchObject({ code: 'session_expired', ...words })
  const expired = { status: 'expired', reason: 'invalid_grant', error: words }
  expect(states(events)).toMatchObject([expired])
  expect(await vault.open()).toMatchObject(expired)
  const later = await failure(ask(vault))
  expect(later).toMatchObject({ code: 'session_expired', ...words })
  expect(later.message).toMatch(/Token is not active/)
})

test('P16 tabs that share a session hear the provider’s words too', async () => {
  const made = await device()
  const { vault } = await made.opened('shared')
  await made.signIn(vault)
  const other = await made.opened('shared')
  made.provider.next('token', () => refusal('invalid_grant', 400, 'Token is not active'))
  await failure(made.ask(vault, { forceRefresh: true }))
  await made.world.settle()
  expect(await other.vault.open()).toMatchObject({
    status: 'expired',
    error: { status: 400, error: 'invalid_grant', errorDescription: 'Token is not active' },
  })
})

test.each<[string, Behaviour, string]>([
  ['503', status(503), 'provider_unavailable'],
  ['429', status(429), 'provider_unavailable'],
  ['no network', () => Promise.reject(new TypeError('Failed to fetch')), 'network'],
])('F14 P17 a renewal that meets %s is told with its own code', async (_, behaviour, code) => {
  const { vault, events, provider, world, ask } = await signedIn()
  await world.advance(59 * MINUTE + 30 * SECOND)
  provider.next('token', behaviour)
  await failure(ask(vault, { proactive: true }))
  expect(events.at(-1)).toMatchObject({ type: 'renewal', renewal: 'retrying', error: { code } })
})

describe.each(['invalid_grant', 'invalid_client'])('W10 %s for a resource alone', (error) => {
  test('W10 ends no session whose own request goes through: one request more', async () => {
    const { vault, provider, world, refreshes, pass, ask } = await signedIn('worker')
    provider.always(
      'token',
      forResource(() => refusal(error)),
    )
    await world.advance(2000)
    const refused = await failure(pass(vault.getToken({ resource: ['https://a.example'] })))
    expect(refused).toMatchObject({ code: 'refresh_refused', error })
    expect(refreshes().map(({ parameters }) => parameters.get('resource'))).toEqual([
      'https://a.example',
      null,
    ])
    // Within the floor of the session's own request nothing more is asked.
    await failure(pass(vault.getToken({ resource: ['https://b.example'] })))
    expect(refreshes()).toHaveLength(3)
    expect((await vault.open()).status).toBe('live')
    expect(accessToken(await ask(vault))).toMatch(/^at-/)
  })

  test('T-14 W10 ends the session at once where its own request says the same', async () => {
    const { vault, provider, world, refreshes, pass } = await signedIn('worker')
    provider.always('token', () => refusal(error))
    await world.advance(2000)
    const refused = await failure(pass(vault.getToken({ resource: ['https://a.example'] })))
    expect(refused.code).toBe('session_expired')
    expect(refreshes()).toHaveLength(2)
    expect((await vault.open()).status).toBe('expired')
  })
})
