// Records that another version of the backend wrote, or that were cut on the way: what none of them may come to.
import { decode } from 'jose/base64url'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { SessionContents } from '../../../src/bff/sessions/session-contents.ts'
import type { SessionRecord, SessionStore } from '../../../src/bff/sessions/session-store.ts'
import { ALL_ROUTES, askFor, ROUTE_NAMES, type RouteName } from '../every-route.ts'
import { oddity, ringOf, withOddity, type Oddity } from '../oddities.ts'
import { patience, runs } from '../runs.ts'
import { problemOf, setUp, type Browser } from '../setup.ts'

type Change = (record: SessionRecord, user: Browser) => SessionRecord | Promise<SessionRecord>
const RUNS = 25
/** More calls of the store than any route makes. */
const MANY = 60

/** A user with a session, which the store gives back as another version or an accident left it. */
async function signedIn() {
  let calls = 0
  let change: { record: Change; user: Browser } | undefined
  const changed = (store: SessionStore): SessionStore =>
    new Proxy(store, {
      get(target, name: keyof SessionStore) {
        return async (...args: never[]) => {
          calls++
          const answer = await (target[name] as (...a: never[]) => Promise<unknown>).apply(
            target,
            args,
          )
          const isRecord = (name === 'get' || name === 'delete') && answer !== null
          return change && isRecord ? change.record(answer as SessionRecord, change.user) : answer
        }
      },
    })
  const setup = await setUp({
    store: changed,
    upstream: () => new Response('ok'),
    provider: { expiresIn: 300 },
    options: ALL_ROUTES,
  })
  const { provider } = setup
  const user = setup.browser()
  const signIn = async () => {
    // A session of the provider's that a logout ended begins no session here.
    provider.idToken.claims = { sid: crypto.randomUUID() }
    await user.signIn()
  }
  await signIn()
  return {
    ...{ ...setup, user, signIn },
    from: (record: Change) => void (change = { record, user }),
    asItIs: () => void (change = undefined),
    callsSince: () => {
      const before = calls
      calls = 0
      return before
    },
  }
}

/** What is sealed in a record, otherwise. */
function resealed(
  setup: Parameters<typeof ringOf>[0],
  change: (contents: SessionContents) => unknown,
): Change {
  return async (record, user) => {
    const ring = ringOf(setup)
    const extra = new Uint8Array(decode(user.session!.split('.')[2]!).subarray(32, 64))
    const contents = (await ring.open('contents', record.blob, extra)) as SessionContents
    if (contents === undefined) return record
    return { ...record, blob: await ring.seal('contents', change(contents), { extra }) }
  }
}

/** Whatever comes of it, no answer is a mistake of ours, and none takes long. */
async function askAll(
  setup: Awaited<ReturnType<typeof signedIn>>,
  routes: readonly RouteName[] = ROUTE_NAMES,
): Promise<Map<RouteName, Response>> {
  const answers = new Map<RouteName, Response>()
  for (const route of routes) {
    setup.callsSince()
    const ask = await askFor(setup, setup.user, route)
    const response = await ask(setup.bff)
    answers.set(route, response)
    expect.soft([route, response.status]).not.toEqual([route, 500])
    expect.soft(setup.callsSince(), route).toBeLessThan(MANY)
    if (route === 'callback' || route === 'logout') setup.user.receive(response)
  }
  expect(setup.events.filter(({ type }) => type === 'unexpected-error')).toEqual([])
  return answers
}

describe('B-64 a session of another release', () => {
  const { replaced: _, ...WITHOUT } = { replaced: [] } as Partial<SessionContents>
  const releases: [string, (contents: SessionContents) => unknown][] = [
    ['which knew of no replaced sessions', (contents) => ({ ...contents, ...WITHOUT })],
    [
      'which says more of it',
      (contents) => ({
        ...contents,
        ...{ format: 7, history: { ...contents.history, since: 1 } },
        tokens: Object.fromEntries(
          Object.entries(contents.tokens).map(([key, token]) => [key, { ...token, kind: 'jwt' }]),
        ),
      }),
    ],
  ]

  test.each(releases)('goes on, and keeps what this one does not know: %s', async (_, change) => {
    const setup = await signedIn()
    setup.from(resealed(setup, change))
    const { accessToken } = (await (await setup.user.post('/bff/token')).json()) as {
      accessToken: string
    }
    setup.advance(301_000)
    const next = (await (await setup.user.post('/bff/token')).json()) as typeof setup.user & {
      accessToken: string
    }
    expect(next.accessToken).not.toBe(accessToken)
    await setup.bff.close()
    setup.asItIs()
    const written: unknown[] = []
    setup.from(
      resealed(setup, (contents) => {
        written.push(contents)
        return contents
      }),
    )
    expect(await setup.user.sessionAnswer()).toMatchObject({ authenticated: true, generation: 2 })
    const { format } = change({ history: {}, tokens: {} } as SessionContents) as { format?: number }
    expect((written[0] as { format?: number }).format).toBe(format)
  })

  test('whose refresh was left by one that told nothing of itself is refreshed', async () => {
    const setup = await signedIn()
    const { env, advance, provider } = setup
    advance(301_000)
    setup.from((record) => ({
      ...record,
      refresh: { phase: 'started', startedAt: env.now() } as SessionRecord['refresh'],
    }))
    provider.next('token', () => Response.json({ error: 'invalid_grant' }, { status: 400 }))
    expect(await problemOf(await setup.user.post('/bff/token'))).toMatchObject({
      ...{ status: 401, code: 'reauth_required', reason: 'answer_lost' },
    })
  })
})

const visits = fc.record({
  oddity,
  routes: fc.shuffledSubarray([...ROUTE_NAMES], { minLength: 4 }),
  isOver: fc.boolean(),
})

type Visits = typeof visits extends fc.Arbitrary<infer Value> ? Value : never
type Setup = Awaited<ReturnType<typeof signedIn>>
const places: [string, number, (setup: Setup, oddity: Oddity) => Change][] = [
  [
    'what is sealed',
    RUNS,
    (setup, one) => resealed(setup, (contents) => withOddity(contents, one) ?? null),
  ],
  // A store that fails is asked again for a while.
  ['the record', 6, (_, one) => (record) => withOddity(record, one) as SessionRecord],
  [
    'the end of what is sealed',
    RUNS,
    (_, { path: [length = 0] }) =>
      (record) => ({ ...record, blob: record.blob.slice(0, length * 60) }),
  ],
]

test.each(places)(
  'B-64 whatever another version left of %s, no request fails for it, and the user can sign in',
  async (_, few, left) => {
    const setup = await signedIn()
    const run = async ({ oddity: one, routes, isOver }: Visits) => {
      setup.asItIs()
      await setup.signIn()
      if (isOver) setup.advance(301_000)
      setup.from(left(setup, one))
      await askAll(setup, routes)
      setup.asItIs()
      await setup.signIn()
      expect(await setup.user.sessionAnswer()).toMatchObject({ authenticated: true })
    }
    await fc.assert(fc.asyncProperty(visits, run), { ...runs(few), endOnFailure: true })
  },
  patience(RUNS),
)

test('B-64 the record of one user in the place of another’s opens for neither', async () => {
  const setup = await signedIn()
  const { provider, store, browser } = setup
  const records = new Map<string, SessionRecord>()
  setup.from((record) => {
    records.set(record.key, record)
    return record
  })
  await setup.user.sessionAnswer()
  provider.options.subject = 'user-2'
  const other = browser()
  await other.signIn()
  await other.sessionAnswer()
  expect(records.size).toBe(2)
  const [one, two] = [...records.values()] as [SessionRecord, SessionRecord]
  setup.from((record) => ({ ...(record.key === one.key ? two : one), key: record.key }))
  for (const user of [setup.user, other]) {
    expect(await user.sessionAnswer()).toEqual({ authenticated: false })
    expect((await user.call('/bff/api/orders/1')).status).toBe(401)
  }
  expect(await store.get(one.key)).not.toBeNull()
})
