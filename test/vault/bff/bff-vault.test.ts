import { describe, expect, test } from 'vitest'
import { problem } from '../../../src/testing/bff/test-bff.ts'
import { behaviours, status, type Behaviour } from '../../../src/testing/provider/behaviours.ts'
import { failure } from '../../support/outcomes.ts'
import { accessToken, gate, states } from '../device.ts'
import { API, bffDevice } from './device.ts'

const HOUR = 3_600_000

describe('who is signed in', () => {
  test('is not asked for a visitor: no request goes out', async () => {
    const { tab, bff } = bffDevice()
    expect(await tab().vault.open()).toEqual({ status: 'empty', reason: 'no_session' })
    expect(bff.log).toEqual([])
  })

  test.each([
    ['this browser can store nothing', {}, { storage: false }],
    ['the application says so', { alwaysAsks: true }, {}],
  ])('is asked where %s', async (_, options, thread) => {
    const { opened, bff } = bffDevice()
    bff.signIn()
    const { vault } = await opened(options, thread)
    expect(await vault.open()).toMatchObject({ status: 'live', claims: { sub: 'user-1' } })
  })

  test('is found once after a sign-in, and with the header that only our pages can send', async () => {
    const { signedIn, bff } = bffDevice()
    const { vault } = await signedIn()
    expect(await vault.open()).toEqual({ status: 'live', claims: { sub: 'user-1', name: 'Ada' } })
    const [first, again] = bff.requests('session')
    expect(first?.headers.get('x-csrf')).toBe('1')
    expect(first?.init).toMatchObject({ credentials: 'include', cache: 'no-store' })
    expect(first?.parameters.get('slide')).toBeNull()
    // A look again is no person's.
    expect(again?.parameters.get('slide')).toBe('false')
  })

  test('is known from a server’s page without a request', async () => {
    const { opened, bff } = bffDevice()
    bff.signIn()
    const { vault } = await opened({
      known: { claims: { sub: 'user-1', name: 'Ada' }, session: 'session-1' },
    })
    expect(bff.log).toEqual([])
    const headers = { 'x-csrf': '1', 'x-session': 'session-1' }
    expect(await vault.authorize({ url: API })).toEqual({ headers })
    expect(accessToken(await vault.getToken({}))).toBe('access-token-1')
  })

  test('U19 is not believed of a page from before the sign-out, which the browser kept', async () => {
    const { signedIn, pass, tab } = bffDevice()
    const { vault } = await signedIn()
    await pass(vault.endSession({ provider: false }))
    vault.close()
    const again = tab({ known: { claims: { sub: 'user-1' }, session: 'session-1' } })
    expect(await pass(again.vault.open())).toMatchObject({ status: 'empty' })
    await expect(again.vault.authorize({ url: API })).rejects.toMatchObject({ code: 'signed_out' })
  })

  test('is believed of a page after a sign-in by a link, also after a sign-out, and stays', async () => {
    const { signedIn, pass, opened, bff, world } = bffDevice()
    const { vault } = await signedIn()
    await pass(vault.endSession({ provider: false }))
    vault.close()
    bff.signIn()
    const again = await opened({ known: { claims: { sub: 'user-1' }, session: 'session-2' } })
    await world.advance(11_000)
    again.vault.wake()
    await world.settle()
    expect(await pass(again.vault.open())).toMatchObject({ status: 'live' })
  })

  test('is asked no more by a vault that was closed while it asked', async () => {
    const { signedIn, bff, world } = bffDevice()
    const { vault } = await signedIn()
    let answer!: () => void
    const answered = new Promise<void>((resolve) => (answer = resolve))
    bff.next('session', (act) => answered.then(act))
    await world.advance(11_000)
    const asked = vault.open()
    await world.settle()
    const before = bff.log.length
    vault.close()
    answer()
    await world.advance(60_000)
    await asked
    expect([bff.log.length, world.pendingTimers]).toEqual([before, 0])
  })

  test('is asked no more once the backend knew no session', async () => {
    const { signedIn, bff, world, opened } = bffDevice()
    await signedIn()
    bff.end()
    await opened()
    const before = bff.log.length
    await opened()
    await world.advance(HOUR)
    expect(bff.log.length).toBe(before)
  })
})

describe('the end of a session', () => {
  test('is told with the user, once it is asked for at the time that the backend named', async () => {
    const { signedIn, world, bff } = bffDevice({ sessionLifetime: 600 })
    const { events } = await signedIn()
    await world.advance(602_000)
    expect(states(events)).toEqual([
      { status: 'expired', claims: { sub: 'user-1', name: 'Ada' }, reason: 'session_ended' },
    ])
    const before = bff.log.length
    await world.advance(HOUR)
    expect(bff.log.length).toBe(before)
  })

  test('is asked for no more than every five seconds, whatever the backend says', async () => {
    const { signedIn, world, bff } = bffDevice()
    bff.always('session', async (act) => {
      const body = (await (await act()).json()) as object
      return Response.json({ ...body, idleExpiresIn: 0 })
    })
    await signedIn()
    const before = bff.log.length
    await world.advance(60_000)
    expect(bff.log.length - before).toBeLessThanOrEqual(12)
  })

  test.each([
    [problem('not_authenticated'), 'session_ended'],
    [problem('session_expired', { reason: 'invalid_grant' }), 'invalid_grant'],
    [problem('session_expired', { reason: 'something new' }), 'session_ended'],
    [problem('reauth_required', { reason: 'answer_lost' }), 'answer_lost'],
  ])('is told with the backend’s reason: %#', async (answer, reason) => {
    const { signedIn, bff, ask } = bffDevice()
    const { vault, events } = await signedIn()
    bff.next('token', () => {
      bff.end()
      return answer
    })
    expect((await failure(ask(vault))).code).toBe('session_expired')
    expect(states(events)).toMatchObject([{ status: 'expired', reason }])
    expect(await vault.open()).toMatchObject({ status: 'expired', reason })
  })

  test('is seen when the page comes back to sight, and not asked for at each blink', async () => {
    const { signedIn, bff, world } = bffDevice()
    const { vault, events } = await signedIn()
    const before = bff.requests('session').length
    for (let i = 0; i < 20; i++) vault.wake()
    await world.settle()
    expect(bff.requests('session').length).toBe(before)
    bff.end()
    await world.advance(11_000)
    vault.wake()
    await world.settle()
    expect(states(events)).toMatchObject([{ status: 'expired' }])
  })
})

/** Everything that is not the backend's own word that nobody is signed in. */
const NO_WORD: [what: string, behaviour: Behaviour, code: string][] = [
  ['no network', behaviours.offline, 'network'],
  ['an answer that never comes', behaviours.hang, 'timeout'],
  ['a body that stops half-way', behaviours.stall, 'timeout'],
  ['a fetch that does not mind its signal', behaviours.deaf, 'timeout'],
  ['a body that never ends, of such a fetch', () => new Response(new ReadableStream()), 'timeout'],
  ['503', status(503, { 'retry-after': '7' }), 'provider_unavailable'],
  ['502 with a page of the proxy’s', status(502, {}, '<html>'), 'provider_unavailable'],
  ['429', status(429), 'provider_unavailable'],
  ['a redirect to a login page', behaviours.redirect, 'bff_misconfigured'],
  ['200 with the application’s own page', behaviours.html, 'bff_misconfigured'],
  ['200 with JSON of something else', () => Response.json({ ok: true }), 'bff_misconfigured'],
  ['200 with null', () => Response.json(null), 'bff_misconfigured'],
  ['200 with a list', () => Response.json([]), 'bff_misconfigured'],
  ['a session of nobody', () => Response.json({ authenticated: true }), 'bff_misconfigured'],
  ['401 of a gateway', status(401, {}, 'Unauthorized'), 'bff_misconfigured'],
  ['401 with a code of a gateway', () => problemLike(401, 'expired'), 'bff_misconfigured'],
  ['403', () => problem('csrf_rejected'), 'bff_misconfigured'],
  ['404', status(404), 'bff_misconfigured'],
  ['400', status(400), 'bff_misconfigured'],
]

function problemLike(code: number, text: string): Response {
  return Response.json({ code: text }, { status: code })
}

test.each([
  [
    'what came, where nothing of ours did',
    status(404),
    /\/session answered with 404: is evertoken/,
  ],
  [
    'what to mend, where the backend itself refused',
    () => problem('csrf_rejected', { title: 'Mend `baseUrl`.' }),
    /\/session answered with 403: Mend `baseUrl`\.$/,
  ],
])('an error says %s', async (_, behaviour, message) => {
  const { bff, signedIn, opened } = bffDevice()
  await signedIn()
  bff.always('session', behaviour)
  expect((await failure(opened())).message).toMatch(message)
})

describe('U3 no session is lost by what is not the backend’s word', () => {
  test.each(NO_WORD)('%s', async (_, behaviour, code) => {
    const { signedIn, bff, world, ask, pass, opened } = bffDevice()
    const { vault, events } = await signedIn()
    bff.always('session', behaviour)
    bff.always('token', behaviour)
    const error = await failure(ask(vault, { forceRefresh: true }))
    expect(error.code).toBe(code)
    expect(await pass(vault.open())).toMatchObject({ status: 'live' })
    await world.advance(11_000)
    vault.wake()
    await world.advance(60_000)
    expect(states(events)).toEqual([])
    // A page that begins meanwhile does not know who is signed in, and says so.
    expect((await failure(opened())).code).toBe(code)
    bff.always('session', undefined)
    bff.always('token', undefined)
    expect(accessToken(await ask(vault))).toMatch(/access-token/)
    expect((await opened()).vault).toBeDefined()
  })

  test('U3 tells status and Retry-After', async () => {
    const { signedIn, bff, ask } = bffDevice()
    const { vault } = await signedIn()
    bff.next('token', () => problem('provider_unavailable', {}, { 'retry-after': '7' }))
    expect(await failure(ask(vault))).toMatchObject({
      ...{ code: 'provider_unavailable', status: 503, retryAfter: 7000, recoverable: true },
      error: 'provider_unavailable',
    })
  })

  test('tells CORS from a network that is down, where the backend is another origin’s', async () => {
    const { bff, world, signedIn, opened, ask } = bffDevice()
    const { vault } = await signedIn()
    const { fetch } = world.network
    world.network.fetch = (url, init) => {
      if (init.mode !== 'no-cors') throw new TypeError('Failed to fetch')
      return fetch(url, init)
    }
    expect((await failure(ask(vault))).code).toBe('network')
    expect((await failure(opened({ origin: 'https://shop.example' }))).code).toBe(
      'bff_misconfigured',
    )
    // Nor does it hang with a fetch that minds no signal.
    bff.next('session', behaviours.deaf)
    expect((await failure(opened({ origin: 'https://shop.example' }))).code).toBe('network')
    world.online = false
    expect((await failure(opened({ origin: 'https://shop.example' }))).code).toBe('network')
    expect(bff.session).toBeDefined()
  })

  test('says what is known after a second and a half, where the backend says nothing', async () => {
    const { signedIn, bff, world } = bffDevice()
    const { vault, events } = await signedIn()
    const { behaviour, open } = gate()
    bff.next('session', behaviour)
    const asked = vault.open()
    bff.end()
    await world.advance(1500)
    expect(await asked).toMatchObject({ status: 'live' })
    open()
    await world.settle()
    expect(states(events)).toMatchObject([{ status: 'expired' }])
  })
})
