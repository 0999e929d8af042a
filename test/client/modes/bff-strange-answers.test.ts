// Whatever stands where the backend should be: a page says so, and neither hangs, nor asks in a loop, nor shows a user.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { AuthError } from '../../../src/errors.ts'
import { behaviours, type Behaviour } from '../../../src/testing/provider/behaviours.ts'
import { failure } from '../../support/outcomes.ts'
import { bffApps } from './bff-device.ts'

const ROUTES = ['session', 'token', 'refresh', 'logout'] as const
const HOUR_MS = 3_600_000

const json = (body: unknown, status = 200, headers: Record<string, string> = {}) =>
  new Response(body === undefined ? null : JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json', ...headers },
  })

const numbers = fc.constantFrom(0, -1, 1, 300, 1e9, 1e21, null, '300', Number.MAX_VALUE)
const sessions = fc.record(
  {
    authenticated: fc.constantFrom(true, false, 'true', null, 1),
    claims: fc.constantFrom(
      { sub: 'user-1' },
      { sub: 'user-2' },
      { sub: '' },
      {},
      null,
      'user-1',
      [],
    ),
    accessTokenExpiresIn: numbers,
    sessionExpiresIn: numbers,
    idleExpiresIn: numbers,
    generation: numbers,
    session: fc.constantFrom('a', 'b', '', null, 7, 'c\r\nd', 'é'),
    renewedByPage: fc.boolean(),
    // What `/token` says, too: something in front may answer the same everywhere.
    sub: fc.constantFrom('user-1', 'user-2', null),
    accessToken: fc.constantFrom('token', '', null, {}, 'a\nb'),
    tokenType: fc.constantFrom('Bearer', 'DPoP', null),
    expiresIn: numbers,
    scope: fc.constantFrom('a b', null, 1),
    redirectTo: fc.constantFrom('https://op.example/logout', '//x', 'javascript:alert(1)', 1, null),
  },
  { requiredKeys: [] },
)
const codes = fc.constantFrom(
  ...[
    'not_authenticated',
    'session_expired',
    'reauth_required',
    'token_expired',
    'session_changed',
  ],
  ...['csrf_rejected', 'not_found', 'token_not_allowed', 'min_validity_unattainable', 'nonsense'],
)
const answers: fc.Arbitrary<Behaviour> = fc.oneof(
  sessions.map((body) => () => json(body)),
  fc.tuple(codes, fc.constantFrom(400, 401, 403, 404, 409, 500, 503)).map(
    ([code, status]) =>
      () =>
        json({ code, status }, status),
  ),
  fc
    .tuple(
      fc.constantFrom(200, 302, 401, 404, 429, 502, 503),
      fc.constantFrom('0', '-1', '1e9', 'x'),
    )
    .map(
      ([status, after]) =>
        () =>
          new Response('<html>', {
            status,
            headers: { 'content-type': 'text/html', 'retry-after': after },
          }),
    ),
  fc.constantFrom(null, 0, '', [], 'text', true).map((body) => () => json(body)),
  fc.constant(() => new Response(null, { status: 204 })),
  fc.constant(() => Promise.reject<Response>(new TypeError('Failed to fetch'))),
  fc.constantFrom(
    behaviours.hang,
    behaviours.deaf,
    behaviours.stall,
    behaviours.huge,
    behaviours.dropAfterActing,
  ),
)

type Kind = 'token' | 'fetch' | 'claims' | 'out' | 'in' | 'reload' | 'wake' | 'wait' | 'works'
const steps = fc.constantFrom<Kind>(
  ...(['token', 'fetch', 'claims', 'out', 'in', 'reload', 'wake', 'wait', 'works'] as const),
)

test('a page bears every answer of a backend that is none, and works again when it is there', async () => {
  const run = async (first: boolean, script: [Kind, Behaviour][]) => {
    const { world, bff, open, settled, signedIn, reload } = bffApps()
    let app = first ? await signedIn() : await settled(open({}, { sessionCheck: 'always' }))
    const settles = async (promise: Promise<unknown>) => {
      const outcome: { over: boolean; error?: unknown } = { over: false }
      promise.then(
        () => (outcome.over = true),
        (error: unknown) => Object.assign(outcome, { over: true, error }),
      )
      await world.until(() => outcome.over, 180_000)
      expect(outcome.over).toBe(true)
      const { error } = outcome
      if (error !== undefined) {
        expect(error instanceof AuthError || error instanceof TypeError).toBe(true)
      }
    }
    for (const [kind, answer] of script) {
      for (const route of ROUTES) bff.always(route, kind === 'works' ? undefined : answer)
      const { client, tab } = app
      if (kind === 'token') await settles(client.getAccessToken())
      if (kind === 'fetch') await settles(client.fetch('https://app.example/bff/api/things'))
      if (kind === 'claims') await settles(client.getUserInfo())
      if (kind === 'out') await settles(client.signOut())
      if (kind === 'in') await settles(client.signIn())
      if (kind === 'reload') app = await reload(app)
      if (kind === 'wake') tab.emit('wake')
      const before = bff.log.length
      await world.advance(kind === 'wait' ? HOUR_MS : 3_000)
      if (kind === 'wait') expect(bff.log.length - before).toBeLessThan(800)
    }
    for (const route of ROUTES) bff.always(route, undefined)
    bff.signIn({ sub: 'user-1', name: 'Ada' })
    app = await reload(app)
    await world.advance(120_000)
    expect(['signed-in', 'signed-out', 'expired']).toContain(app.client.getSession().status)
  }
  await fc.assert(
    fc.asyncProperty(fc.boolean(), fc.array(fc.tuple(steps, answers), { maxLength: 10 }), run),
    { numRuns: Number(process.env['MODEL_RUNS'] ?? 40) },
  )
}, 300_000)

test('a sign-out is asked for twice at most, where every answer says that the session is another one', async () => {
  const { signedIn, bff } = bffApps()
  const { client } = await signedIn()
  bff.always('logout', () => json({ code: 'session_changed' }, 409))
  expect((await failure(client.signOut())).code).toBe('user_mismatch')
  expect(bff.log.filter(({ route }) => route === 'logout')).toHaveLength(2)
  expect(client.getSession().status).toBe('signed-out')
})
