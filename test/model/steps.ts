import fc from 'fast-check'
import { behaviours, status, type Behaviour } from '../../src/testing/provider/behaviours.ts'
import { refusal } from '../../src/testing/provider/responses.ts'

export const USERS = ['alice', 'bob'] as const
export const NEEDS = [{}, { scope: 'openid' }, { resource: 'https://api.example' }] as const
export const TABS = 3

/** What becomes of a token request. */
export const FATES = {
  'is out of order': status(503),
  'asks for rest': status(429, { 'retry-after': '3' }),
  'loses the answer': behaviours.dropAfterActing,
  hangs: behaviours.hang,
  'is deaf': behaviours.deaf,
  'is not reached': behaviours.offline,
  'refuses the need': () => refusal('invalid_target'),
  revokes: () => refusal('invalid_grant'),
} satisfies Record<string, Behaviour>

const WIRES = ['toPage', 'toWorker'] as const
const MODES = ['deliver', 'hold', 'lose'] as const
const CHUNKS = ['comes', 'fails', 'never comes'] as const

export const tab = fc.nat(TABS - 1)
export const need = fc.nat(NEEDS.length - 1)
/** One act by its name, with what it needs. */
export const of = <Do extends string, Model extends object>(
  what: Do,
  model: { [Key in keyof Model]: fc.Arbitrary<Model[Key]> },
) => fc.record({ do: fc.constant(what), ...model }) as fc.Arbitrary<{ do: Do } & Model>

const act = fc.oneof(
  { weight: 6, arbitrary: of('call', { tab, need, force: fc.boolean() }) },
  { weight: 4, arbitrary: of('late', { tab, need }) },
  { weight: 4, arbitrary: of('watch', { tab, need }) },
  { weight: 1, arbitrary: of('unwatch', { tab, need }) },
  { weight: 6, arbitrary: of('tick', { ms: fc.oneof(fc.nat(3000), fc.nat(70_000)) }) },
  { weight: 1, arbitrary: of('sleep', { ms: fc.nat(200_000), both: fc.boolean() }) },
  { weight: 1, arbitrary: of('jump', { ms: fc.constantFrom(-3_600_000, 3_600_000) }) },
  {
    weight: 3,
    arbitrary: of('fate', {
      fate: fc.constantFrom(...(Object.keys(FATES) as (keyof typeof FATES)[]), 'answers late'),
    }),
  },
  {
    weight: 5,
    arbitrary: of('sign in', { tab, user: fc.nat(USERS.length - 1), cached: fc.boolean() }),
  },
  { weight: 1, arbitrary: of('click', { tab }) },
  { weight: 3, arbitrary: of('sign out', { tab, provider: fc.boolean() }) },
  { weight: 1, arbitrary: of('userinfo', { tab }) },
  { weight: 1, arbitrary: of('settled', { tab }) },
  { weight: 1, arbitrary: of('hide', { tab }) },
  { weight: 2, arbitrary: of('show', { tab }) },
  { weight: 2, arbitrary: of('freeze', { tab }) },
  { weight: 2, arbitrary: of('thaw', { tab }) },
  { weight: 2, arbitrary: of('cache', { tab, deaf: fc.boolean() }) },
  { weight: 2, arbitrary: of('restore', { tab }) },
  { weight: 1, arbitrary: of('back', { tab }) },
  {
    weight: 3,
    arbitrary: of('wire', {
      tab,
      wire: fc.constantFrom(...WIRES),
      mode: fc.constantFrom(...MODES),
    }),
  },
  { weight: 1, arbitrary: of('kill', {}) },
  { weight: 1, arbitrary: of('chunk', { chunk: fc.constantFrom(...CHUNKS) }) },
  { weight: 1, arbitrary: of('online', { online: fc.boolean() }) },
  { weight: 2, arbitrary: of('open', { tab, version: fc.nat(1) }) },
  { weight: 1, arbitrary: of('reload', { tab }) },
  { weight: 1, arbitrary: of('stop', { tab }) },
)

/** Something that happens, and how far the code on the device gets before the next. */
export const steps = fc.array(
  fc.record({
    act,
    until: fc.constantFrom(
      'settle' as const,
      'settle' as const,
      'turns' as const,
      'nothing' as const,
    ),
  }),
  { minLength: 5, maxLength: 40 },
)

export type Step = typeof steps extends fc.Arbitrary<(infer One)[]> ? One : never
export type Act = Step['act']

/** What every walk begins with: two tabs of one user; or a tab whose schema looks at bob, and bob in another. */
const ALICE: Act[] = [
  { do: 'open', tab: 0, version: 0 },
  { do: 'sign in', tab: 0, user: 0, cached: false },
  { do: 'open', tab: 1, version: 0 },
]
const BOB: Act = { do: 'sign in', tab: 1, user: 1, cached: false }
export const BEGINNINGS = {
  alice: ALICE,
  'alice, then bob': [...ALICE, BOB],
  'alice, then bob while her refresh is on its way': [
    ...ALICE,
    // After the floor between two requests.
    { do: 'tick', ms: 2000 },
    { do: 'late', tab: 0, need: 0 },
    BOB,
    { do: 'tick', ms: 10_000 },
  ],
} satisfies Record<string, Act[]>

export const setting = fc.record({
  begins: fc.constantFrom(...(Object.keys(BEGINNINGS) as (keyof typeof BEGINNINGS)[])),
  vault: fc.constantFrom(
    'worker' as const,
    'worker' as const,
    'isolated' as const,
    'shared' as const,
  ),
  /** What becomes of chunks after the beginning: a new version was deployed, or the network is a bad one. */
  chunk: fc.constantFrom(
    'comes' as const,
    'comes' as const,
    'fails' as const,
    'never comes' as const,
  ),
  rotate: fc.boolean(),
  expiresIn: fc.constantFrom(3, 60, 3600),
  /** What the application's schema says to bob, in the first tab: the others have none. */
  schema: fc.constantFrom('none' as const, 'slow' as const, 'refuses' as const),
})

export type Setting = typeof setting extends fc.Arbitrary<infer One> ? One : never
export type Chunk = (typeof CHUNKS)[number]
