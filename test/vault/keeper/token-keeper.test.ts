import { describe, expect, test } from 'vitest'
import { behaviours, status, type Behaviour } from '../../../src/testing/provider/behaviours.ts'
import { json, refusal } from '../../../src/testing/provider/responses.ts'
import { failure } from '../../support/outcomes.ts'
import {
  accessToken,
  vaultDevice as device,
  gate,
  signedInVault as signedIn,
  states,
  type VaultDevice as Device,
} from '../device.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const renewals = (events: { type: string; renewal?: string }[]) =>
  events.flatMap(({ type, renewal }) => (type === 'renewal' ? [renewal] : []))

/** After a sleep and four failures: a pause of ours, which a wake ends. */
async function wakingHelps({ vault, provider, world, ask }: Awaited<ReturnType<typeof signedIn>>) {
  world.sleep(2 * HOUR)
  provider.next('token', status(503), status(503), status(503), status(503))
  await failure(ask(vault))
  const start = world.monotonic
  await ask(vault, { resumed: true })
  expect(world.monotonic - start).toBeLessThanOrEqual(SECOND)
}

/** Ways to fail that end no session, and whether the provider says when to come back. */
const TRANSIENT: [string, Behaviour][] = [
  ['408', status(408)],
  ['429', status(429)],
  ['429 with Retry-After', status(429, { 'retry-after': '5' })],
  ['500', status(500)],
  ['502 with HTML', status(502, { 'content-type': 'text/html' }, '<html>')],
  ['503', status(503)],
  ['503 with Retry-After', status(503, { 'retry-after': '5' })],
  [
    '503 with Retry-After as a date',
    status(503, { 'retry-after': 'Thu, 01 Jan 2026 00:00:05 GMT' }),
  ],
  ['503 with junk in Retry-After', status(503, { 'retry-after': 'soon' })],
  ['504', status(504)],
  ['302', behaviours.redirect],
  ['HTML with status 200', behaviours.html],
  ['JSON that is no object', () => json(['no'])],
  ['a JWT', () => new Response('e.e.e', { headers: { 'content-type': 'application/jwt' } })],
  ['nothing at all with status 200', status(200)],
  ['204', () => new Response(null, { status: 204 })],
  ['two megabytes', behaviours.huge],
  ['a body that stops', behaviours.stall],
  ['hang', behaviours.hang],
  ['hang, deaf to its signal', behaviours.deaf],
  ['connection reset', behaviours.offline],
  ['temporarily_unavailable', () => refusal('temporarily_unavailable', 400)],
  ['slow_down', () => refusal('slow_down', 400)],
  ['one bare 400', status(400)],
  ['one invalid_request', () => refusal('invalid_request', 400)],
  ['one 403 with HTML', status(403, { 'content-type': 'text/html' }, '<html>')],
  ['one answer without a token', () => json({ token_type: 'Bearer' })],
]

test('U1 U4 shares a refresh that is under way with a later caller, without waiting for the floor', async () => {
  const { vault, provider, world, pass } = await signedIn('isolated')
  await world.advance(2 * HOUR)
  const { behaviour, open } = gate()
  provider.next('token', behaviour)
  const before = provider.requests('token').length
  const first = vault.getToken({})
  await world.settle()
  const second = vault.getToken({})
  const start = world.monotonic
  open()
  expect(accessToken(await pass(second))).toBe(accessToken(await first))
  expect(world.monotonic - start).toBeLessThan(1000)
  expect(provider.requests('token').length).toBe(before + 1)
})

describe.each(TRANSIENT)('T-15 U3 after %s', (_, behaviour) => {
  test('serves the valid token, keeps the session, and tells the failure', async () => {
    const { vault, events, provider, world, ask, pass } = await signedIn('isolated', {
      rotate: false,
    })
    const first = accessToken(await ask(vault))
    await world.advance(59 * MINUTE + 10 * SECOND)
    provider.next('token', behaviour)
    const error = await failure(pass(vault.getToken({ proactive: true })))
    expect(error.recoverable).toBe(true)
    expect(error.retryAfter).toBeGreaterThan(0)
    expect(accessToken(await ask(vault))).toBe(first)
    expect(await vault.open()).toMatchObject({ status: 'live' })
    expect(states(events)).toEqual([])
    expect(renewals(events)).toEqual(['running', 'retrying'])
  })

  test('gives a waiting caller its token when the provider is back', async () => {
    const { vault, events, provider, world, pass, refreshes } = await signedIn('isolated', {
      rotate: false,
    })
    world.sleep(2 * HOUR)
    provider.next('token', behaviour)
    // Who was told that it takes longer may ask again; nobody else has to.
    const got = await pass(vault.getToken({}).catch(() => vault.getToken({})))
    expect(got.lifetime).toBe(HOUR)
    expect(states(events)).toEqual([])
    expect(refreshes().length).toBe(2)
    expect(renewals(events)).toEqual(['running', 'retrying', 'running', 'idle'])
  })
})

describe('T-15 U5 the cool-down', () => {
  test('sends no request for 50 callers who come during it', async () => {
    const { vault, provider, world, ask, refreshes } = await signedIn()
    provider.always('token', status(503, { 'retry-after': '60' }))
    world.sleep(2 * HOUR)
    await failure(ask(vault))
    const errors = await Promise.all(Array.from({ length: 50 }, async () => failure(ask(vault))))
    expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(['provider_unavailable']))
    expect(refreshes().length).toBe(1)
  })

  test('lets a caller wait ten seconds, then tells it how long it will be', async () => {
    const { vault, provider, world, refreshes } = await signedIn()
    provider.always('token', status(503))
    world.sleep(2 * HOUR)
    const start = world.monotonic
    const waiting = failure(vault.getToken({}))
    let over = 0
    void waiting.then(() => (over = world.monotonic))
    await world.advance(MINUTE)
    const error = await waiting
    expect(over - start).toBeLessThanOrEqual(10 * SECOND)
    expect(error.retryAfter).toBeGreaterThan(0)
    expect(refreshes().length).toBe(4)
  })

  test('U4 ends when the page resumes, where the pause was of our own choice', async () =>
    wakingHelps(await signedIn()))

  test('U4 ends for callers who wait already when the page resumes', async () => {
    const { vault, provider, world } = await signedIn()
    world.sleep(2 * HOUR)
    provider.next('token', behaviours.offline, behaviours.offline, behaviours.offline)
    let over = 0
    const waiting = vault.getToken({}).finally(() => (over = world.monotonic))
    await world.advance(3000)
    expect(over).toBe(0)
    const start = world.monotonic
    await Promise.all([vault.getToken({ resumed: true }), world.advance(SECOND)])
    await waiting
    expect(over - start).toBeLessThanOrEqual(SECOND)
  })

  test('U4 keeps its backoff when the page resumes again and again', async () => {
    const on = await signedIn()
    const { vault, provider, world, refreshes, ask } = on
    world.sleep(2 * HOUR)
    provider.always('token', status(503))
    // Ten minutes of a network that comes and goes; without it the provider is asked some twenty times.
    for (let i = 0; i < 120; i++) {
      vault.getToken({ proactive: true, resumed: true }).catch(() => {})
      await world.advance(5 * SECOND)
    }
    expect(refreshes().length).toBeLessThan(40)
    provider.always('token', undefined)
    await world.advance(MINUTE)
    await ask(vault, { resumed: true })
    // After a quiet time it helps at once.
    await wakingHelps(on)
  })

  test('is as long as the provider asked for, also when the page resumes', async () => {
    const { vault, provider, world, ask, refreshes } = await signedIn()
    world.sleep(2 * HOUR)
    provider.next('token', status(429, { 'retry-after': '600' }))
    await failure(ask(vault))
    await failure(ask(vault, { resumed: true }))
    expect(refreshes().length).toBe(1)
  })

  test('reads Retry-After as a date by the provider’s clock, not by the device’s', async () => {
    const made = await device()
    // The device is 20 minutes behind, all along.
    const there = () => made.world.wall + 20 * MINUTE
    made.provider.options.now = there
    const { vault } = await made.opened('isolated')
    await made.signIn(vault)
    await made.world.advance(HOUR + 1)
    const at = new Date(there() + 5 * SECOND).toUTCString()
    made.provider.next('token', status(503, { 'retry-after': at }))
    const start = made.world.monotonic
    await made.ask(vault)
    expect(made.world.monotonic - start).toBeLessThanOrEqual(6 * SECOND)
  })

  test('ends at once for callers who wait when the user signs out', async () => {
    const { vault, provider, world } = await signedIn()
    world.sleep(2 * HOUR)
    provider.next('token', status(503))
    const waiting = failure(vault.getToken({}))
    await world.settle()
    await vault.endSession({ provider: false })
    expect((await waiting).code).toBe('signed_out')
  })

  test('F4 sends the request for a second need also where the first one failed', async () => {
    const { vault, provider, world, refreshes, pass } = await signedIn()
    provider.next('token', status(503))
    const one = vault.getToken({ resource: ['https://a.example'] })
    const two = vault.getToken({ resource: ['https://b.example'] })
    await world.settle()
    expect(refreshes().length).toBe(2)
    expect([(await pass(one)).lifetime, (await pass(two)).lifetime]).toEqual([HOUR, HOUR])
    expect(refreshes().length).toBe(3)
  })
})

describe('T-12 W10 a refused need', () => {
  test.each([
    'invalid_scope',
    'invalid_target',
    'invalid_request',
    'unauthorized_client',
    'access_denied',
    '',
  ])('ends with %j, and nothing else does', async (word) => {
    const { vault, events, provider, world, ask, refreshes } = await signedIn()
    const resource = ['https://a.example']
    provider.always('token', (act, { parameters }) =>
      parameters.has('resource') ? refusal(word) : act(),
    )
    const start = world.monotonic
    const error = await failure(ask(vault, { resource }))
    expect(error).toMatchObject({ code: 'refresh_refused', recoverable: false })
    expect(error.error).toBe(word || undefined)
    // At once: waiting would not change it.
    expect(world.monotonic - start).toBeLessThan(100)
    await failure(ask(vault, { resource }))
    expect(refreshes().length).toBe(1)
    await ask(vault, { forceRefresh: true })
    await ask(vault, { resource: ['https://a.example'], proactive: true }).catch(() => {})
    await ask(vault, { scope: 'openid' })
    // However often it is asked for.
    for (let i = 0; i < 4; i++) {
      await world.advance(HOUR)
      await failure(ask(vault, { resource }))
    }
    expect(states(events)).toEqual([])
    expect(await vault.open()).toMatchObject({ status: 'live' })
  })
})

test('asks for the session’s own token when resource is []', async () => {
  const made = await device()
  const resource = ['https://api.example/']
  const { vault } = await made.opened('isolated', { resource })
  await made.signIn(vault)
  await made.ask(vault, { resource: [], forceRefresh: true })
  expect(made.refreshes()[0]!.parameters.getAll('resource')).toEqual(resource)
})

describe('T-16 a lost answer', () => {
  test('ends the session as answer_lost after one more try, when the provider had rotated', async () => {
    const { vault, events, provider, world, ask, refreshes } = await signedIn()
    provider.next('token', behaviours.dropAfterActing)
    expect((await failure(ask(vault, { forceRefresh: true }))).code).toBe('session_expired')
    await world.advance(DAY)
    expect(states(events)).toMatchObject([{ status: 'expired', reason: 'answer_lost' }])
    expect(refreshes().length).toBe(2)
  })

  test('keeps the session of a provider with a grace window', async () => {
    const { vault, events, provider, ask, refreshes } = await signedIn('isolated', {
      grace: 30 * SECOND,
    })
    provider.next('token', behaviours.dropAfterActing)
    await ask(vault, { forceRefresh: true })
    await ask(vault, { forceRefresh: true })
    expect(states(events)).toEqual([])
    expect(refreshes().length).toBe(3)
  })

  test('is forgotten after a success', async () => {
    const { vault, events, provider, ask } = await signedIn()
    provider.next('token', status(503))
    await ask(vault, { forceRefresh: true })
    provider.next('token', () => refusal('invalid_grant'))
    await failure(ask(vault, { forceRefresh: true }))
    expect(states(events)).toMatchObject([{ reason: 'invalid_grant' }])
  })

  test.each<[string, Behaviour]>([
    ['a bare 400', status(400)],
    ['invalid_request', () => refusal('invalid_request')],
    ['a 404', status(404)],
    ['an answer without a token', () => json({})],
    ['expires_in: -1', async (act) => json({ ...(await (await act()).json()), expires_in: -1 })],
  ])(
    'is tried twice more after %s, then ends the session as refresh_refused',
    async (_, behaviour) => {
      const { vault, events, provider, world, ask, refreshes } = await signedIn('isolated', {
        rotate: false,
      })
      provider.always('token', behaviour)
      expect((await failure(ask(vault, { forceRefresh: true }))).code).toBe('session_expired')
      await world.advance(DAY)
      expect(refreshes().length).toBe(3)
      expect(states(events)).toMatchObject([{ status: 'expired', reason: 'refresh_refused' }])
    },
  )
})

describe('the ID token of a refresh', () => {
  const withIdToken = () => signedIn('isolated', { refreshIdToken: true })

  test.each<[string, Record<string, unknown>, string]>([
    ['T-18 U20 another sub', { sub: 'user-2' }, 'user_changed'],
    ['T-18 another iss', { iss: 'https://evil.example' }, 'id_token_invalid'],
    ['T-18 another aud', { aud: 'other' }, 'id_token_invalid'],
  ])('T-19 discards and revokes an answer with %s', async (_, claims, reason) => {
    const { vault, events, provider, ask, latest, world } = await withIdToken()
    provider.idToken.claims = claims
    expect((await failure(ask(vault, { forceRefresh: true }))).code).toBe('session_expired')
    await world.settle()
    expect(states(events)).toMatchObject([{ status: 'expired', reason, claims: { sub: 'user-1' } }])
    expect(events.filter(({ type }) => type === 'token')).toEqual([])
    expect(provider.revoked).toEqual([latest()])
    expect(provider.requests('userinfo')).toEqual([])
  })

  test.each<[string, Record<string, unknown>]>([
    ['another nonce', { nonce: 'other' }],
    ['another auth_time', { auth_time: 5 }],
    ['an azp first seen now', { azp: 'spa' }],
  ])(
    'P4 P6 keeps the session for all that is odd but the user, and tells it: %s',
    async (_, claims) => {
      const { vault, events, provider, ask } = await withIdToken()
      provider.idToken.claims = claims
      await ask(vault, { forceRefresh: true })
      expect(await vault.open()).toMatchObject({ status: 'live' })
      const notes = events.flatMap((event) => (event.type === 'note' ? [event.error.message] : []))
      expect(notes.join()).toContain(Object.keys(claims)[0])
      expect(provider.revoked).toEqual([])
    },
  )

  test('P6 may be of the same second as the one before, and nothing is noted', async () => {
    const { vault, events, provider, ask } = await withIdToken()
    await ask(vault, { forceRefresh: true })
    const [iat, exp] = [1_800_000_000, 1_800_003_600]
    provider.idToken.claims = { iat, exp }
    await ask(vault, { forceRefresh: true })
    await ask(vault, { forceRefresh: true })
    expect(events.filter(({ type }) => type === 'note')).toEqual([])
  })

  test('T-18 may say again what the one before left out', async () => {
    const { vault, provider, ask } = await withIdToken()
    provider.idToken.claims = { nonce: undefined, auth_time: undefined }
    await ask(vault, { forceRefresh: true })
    provider.idToken.claims = {}
    await ask(vault, { forceRefresh: true })
    expect(await vault.open()).toMatchObject({
      status: 'live',
      claims: { auth_time: /\d/ } as never,
    })
  })

  test('U14 tells claims that changed, and not the same ones again', async () => {
    const { vault, events, provider, ask } = await withIdToken()
    await ask(vault, { forceRefresh: true })
    expect(states(events)).toEqual([])
    provider.idToken.claims = { name: 'New' }
    await ask(vault, { forceRefresh: true })
    expect(states(events)).toMatchObject([{ status: 'live', claims: { name: 'New' } }])
    provider.idToken.claims = {}
    await ask(vault, { forceRefresh: true })
    expect(states(events).length).toBe(1)
  })

  test.each<[string, Behaviour]>([
    ['offline', behaviours.offline],
    ['503', status(503)],
    ['hang', behaviours.hang],
    ['HTML', behaviours.html],
  ])(
    'keeps the rotated refresh token while the keys are out of reach (%s)',
    async (_, behaviour) => {
      const { vault, events, provider, ask, latest, refreshes, world } = await withIdToken()
      provider.idToken.claims = { name: 'New' }
      await provider.rotateKeys()
      provider.always('jwks', behaviour)
      await ask(vault, { forceRefresh: true })
      const rotated = latest()
      expect(states(events)).toEqual([])
      provider.always('jwks', undefined)
      await world.advance(MINUTE)
      await ask(vault, { forceRefresh: true })
      expect(refreshes().at(-1)!.parameters.get('refresh_token')).toBe(rotated)
      expect(states(events)).toMatchObject([{ claims: { name: 'New' } }])
      expect(provider.revoked).toEqual([])
    },
  )
})

describe('clocks', () => {
  test.each<[string, (world: Device['world']) => void, number]>([
    ['an hour ahead', (world) => world.jump(HOUR), 1],
    ['a day ahead', (world) => world.jump(DAY), 1],
    ['an hour back', (world) => world.jump(-HOUR), 0],
    ['a day back', (world) => world.jump(-DAY), 0],
    ['eight hours of sleep, the monotonic clock too', (world) => world.sleep(8 * HOUR), 1],
    [
      'eight hours of sleep that only the monotonic clock saw',
      (world) => world.sleep(8 * HOUR, true),
      1,
    ],
  ])('T-07 U7 give no stale token after %s', async (_, change, expected) => {
    const { vault, world, ask, refreshes } = await signedIn()
    change(world)
    const { sentAt, lifetime } = await ask(vault)
    expect(refreshes().length).toBe(expected)
    if (expected) expect(sentAt + lifetime).toBeGreaterThan(world.wall)
  })

  test('T-07 make no token live longer when one is set back', async () => {
    const { vault, world, ask, refreshes } = await signedIn()
    await world.advance(HOUR / 2)
    world.jump(-DAY)
    await world.advance(HOUR / 2 + 1)
    await ask(vault)
    expect(refreshes().length).toBe(1)
  })

  test('T-07 ask for another token when the device slept until the answer was over', async () => {
    const { vault, provider, world, pass, refreshes } = await signedIn()
    const { behaviour, open } = gate()
    provider.next('token', behaviour)
    const waiting = vault.getToken({ forceRefresh: true })
    await world.settle()
    world.sleep(2 * HOUR)
    open()
    const { sentAt, lifetime } = await pass(waiting)
    expect(sentAt + lifetime).toBeGreaterThan(world.wall)
    expect(refreshes().length).toBe(2)
  })

  test('T-07 end in an error, not in a loop, when answers take longer than their token', async () => {
    const { vault, provider, world, pass, refreshes } = await signedIn('isolated', { expiresIn: 1 })
    provider.always('token', async (act) => {
      world.sleep(2 * SECOND)
      return act()
    })
    const error = await failure(pass(vault.getToken({ forceRefresh: true })))
    expect(error).toMatchObject({ code: 'timeout', recoverable: true })
    expect(refreshes().length).toBe(3)
  })
})

describe('expires_in', () => {
  test.each<[string, unknown, number]>([
    ['T-04 counts a missing one as five minutes', undefined, 5 * MINUTE],
    ['T-04 counts null as five minutes', null, 5 * MINUTE],
    ['T-03 reads a string', '3600', HOUR],
    ['T-05 counts 1e12 as a day', 1e12, DAY],
    ['T-06 counts 1 as a second', 1, SECOND],
  ])('%s', async (_, expires_in, lifetime) => {
    const { vault, provider, ask, world, refreshes } = await signedIn()
    provider.tokenResponse = { expires_in }
    expect((await ask(vault, { forceRefresh: true })).lifetime).toBe(lifetime)
    await world.advance(lifetime - 1)
    await ask(vault)
    expect(refreshes().length).toBe(1)
    await world.advance(1)
    await ask(vault)
    expect(refreshes().length).toBe(2)
  })

  test('T-06 of 0 serves the callers who waited, and is asked for once a second at the most', async () => {
    const { vault, provider, world, refreshes } = await signedIn('isolated', { rotate: false })
    provider.tokenResponse = { expires_in: 0 }
    let served = 0
    const run = { over: false }
    const caller = async () => {
      while (!run.over) {
        await vault.getToken({})
        served++
      }
    }
    world.sleep(2 * HOUR)
    const callers = Array.from({ length: 5 }, caller)
    await world.advance(MINUTE)
    run.over = true
    await world.advance(2 * SECOND)
    await Promise.all(callers)
    expect(refreshes().length).toBeLessThanOrEqual(63)
    expect(served).toBeGreaterThanOrEqual(5 * 58)
  })

  test('T-06 of any length is asked for once a second at the most, also with forceRefresh', async () => {
    const { vault, world, ask, refreshes } = await signedIn()
    const start = world.monotonic
    for (let i = 0; i < 5; i++) await ask(vault, { forceRefresh: true })
    expect(refreshes().length).toBe(5)
    expect(world.monotonic - start).toBeGreaterThanOrEqual(4 * SECOND)
  })
})

describe('minValidity', () => {
  test('is met by the token at hand, or by a new one', async () => {
    const { vault, world, ask, refreshes } = await signedIn()
    await world.advance(30 * MINUTE)
    await ask(vault, { minValidity: 29 * MINUTE })
    expect(refreshes().length).toBe(0)
    await ask(vault, { minValidity: 31 * MINUTE })
    expect(refreshes().length).toBe(1)
  })

  test('costs no request when it is longer than tokens hold', async () => {
    const { vault, ask, refreshes } = await signedIn()
    for (let i = 0; i < 10; i++) {
      const error = await failure(ask(vault, { minValidity: HOUR }))
      expect(error).toMatchObject({ code: 'min_validity_unattainable', recoverable: false })
    }
    expect(refreshes().length).toBe(0)
  })

  test('costs one request when it is longer than the next token holds', async () => {
    const { vault, world, ask, refreshes } = await signedIn()
    world.sleep(2 * HOUR)
    for (let i = 0; i < 10; i++) await failure(ask(vault, { minValidity: 2 * HOUR }))
    expect(refreshes().length).toBe(1)
  })

  test('is the lead for a proactive call, and no longer', async () => {
    const { vault, world, ask, refreshes } = await signedIn()
    await world.advance(58 * MINUTE)
    await ask(vault, { proactive: true })
    expect(refreshes().length).toBe(0)
    await world.advance(MINUTE)
    await ask(vault, { proactive: true })
    expect(refreshes().length).toBe(1)
  })
})

describe('a session without a refresh token', () => {
  test('serves its token as long as that holds, then is over', async () => {
    const { opened, provider, signIn, world, ask } = await device()
    const { vault, events } = await opened('isolated')
    provider.tokenResponse = { refresh_token: undefined }
    expect(await signIn(vault)).toMatchObject({ status: 'live', renewable: false })
    events.length = 0
    await ask(vault)
    const error = await failure(ask(vault, { forceRefresh: true }))
    expect(error.code).toBe('no_refresh_token')
    expect(error.message).toMatch(/offline_access/)
    expect((await failure(ask(vault, { scope: 'openid' }))).code).toBe('no_refresh_token')
    await world.advance(HOUR)
    expect((await failure(ask(vault))).code).toBe('session_expired')
    expect(states(events)).toMatchObject([{ status: 'expired', reason: 'no_refresh_token' }])
  })
})

describe('scope', () => {
  test('T-09 is what was granted before where a refresh does not say', async () => {
    const { vault, provider, signIn, ask } = await signedIn()
    provider.tokenResponse = { scope: 'openid email' }
    await signIn(vault)
    provider.tokenResponse = { scope: undefined }
    expect((await ask(vault, { forceRefresh: true })).response.scope).toBe('openid email')
    expect((await ask(vault, { scope: 'email openid' })).response.scope).toBe('email openid')
  })

  test('shares a token among equal needs, however they are written', async () => {
    const { vault, ask, refreshes } = await signedIn()
    const [a, b] = ['https://a.example', 'https://b.example'] as const
    await ask(vault, { resource: [a, b], scope: 'x  y' })
    await ask(vault, { resource: [b, a], scope: 'y x' })
    expect(refreshes().length).toBe(1)
  })
})
