import fc from 'fast-check'
import { behaviours, status, type Behaviour } from '../../src/testing/provider/behaviours.ts'
import { refusal } from '../../src/testing/provider/responses.ts'
import { TABS, USERS, need, of, tab } from './steps.ts'

/** What becomes of a token request, and costs no session. */
export const PASSING_FATES = {
  'is out of order': status(503),
  'asks for rest': status(429, { 'retry-after': '3' }),
  'is HTML': behaviours.html,
  hangs: behaviours.hang,
  'is not reached': behaviours.offline,
  'refuses the need': () => refusal('invalid_target'),
} satisfies Record<string, Behaviour>

/** What may cost one: whoever knew better is gone, or never was. */
export const LOSING_FATES = {
  'loses the answer': behaviours.dropAfterActing,
  revokes: () => refusal('invalid_grant'),
} satisfies Record<string, Behaviour>

/** What a browser, or a script of the page, does to relays. */
const RELAY_ACTS = [
  'ends',
  'unregister',
  'hold questions',
  'hold answers',
  'release',
  'be silent',
  'refuse',
] as const
export type RelayMishap = (typeof RELAY_ACTS)[number]

/** A worker whose last page is gone dies at once, or takes a while. */
const lingers = fc.oneof(fc.constant(0), fc.nat(3000))

const calm = [
  { weight: 6, arbitrary: of('call', { tab, need, force: fc.boolean() }) },
  { weight: 4, arbitrary: of('late', { tab, need, ms: fc.nat(9000) }) },
  { weight: 2, arbitrary: of('watch', { tab, need }) },
  { weight: 9, arbitrary: of('reload', { tab, lingers }) },
  { weight: 3, arbitrary: of('open', { tab, version: fc.nat(1) }) },
  { weight: 3, arbitrary: of('close', { tab, lingers }) },
  {
    weight: 6,
    arbitrary: of('tick', { ms: fc.oneof(fc.nat(600), fc.nat(3000), fc.nat(70_000)) }),
  },
  {
    weight: 3,
    arbitrary: of('fate', {
      fate: fc.constantFrom(...(Object.keys(PASSING_FATES) as (keyof typeof PASSING_FATES)[])),
    }),
  },
  {
    weight: 4,
    arbitrary: of('sign in', {
      tab,
      user: fc.nat(USERS.length - 1),
      lingers,
      awayMs: fc.oneof(fc.constant(0), fc.nat(30_000)),
    }),
  },
  { weight: 4, arbitrary: of('sign out', { tab, provider: fc.boolean() }) },
  { weight: 2, arbitrary: of('cache', { tab, deaf: fc.boolean() }) },
  { weight: 2, arbitrary: of('restore', { tab }) },
] as const

const rough = [
  { weight: 6, arbitrary: of('relay', { what: fc.constantFrom(...RELAY_ACTS) }) },
  { weight: 1, arbitrary: of('kill', {}) },
  { weight: 1, arbitrary: of('sleep', { ms: fc.nat(200_000), both: fc.boolean() }) },
  { weight: 1, arbitrary: of('jump', { ms: fc.constantFrom(-3_600_000, 3_600_000) }) },
  {
    weight: 2,
    arbitrary: of('fate', {
      fate: fc.constantFrom(...(Object.keys(LOSING_FATES) as (keyof typeof LOSING_FATES)[])),
    }),
  },
] as const

/** How far the code on the device gets before the next: to its end, so many turns, or nowhere. */
const until = fc.oneof(
  fc.constant('settle' as const),
  fc.constant('settle' as const),
  fc.nat(8),
  fc.constant('nothing' as const),
)

const stepsOf = <Act>(act: fc.Arbitrary<Act>) =>
  fc.array(fc.record({ act, until }), { minLength: 5, maxLength: 40 })

const calmAct = fc.oneof(...calm)
const roughAct = fc.oneof(...calm, ...rough)

/** Where nothing befalls the relay, and no answer is lost, no session is lost either. */
export const calmWalk = stepsOf(calmAct)
export const roughWalk = stepsOf(roughAct)

export type RelayAct = typeof roughAct extends fc.Arbitrary<infer One> ? One : never
export interface RelayStep {
  act: RelayAct
  until: 'settle' | 'nothing' | number
}

export const relaySetting = fc.record({
  begins: fc.constantFrom('nobody' as const, 'alice' as const, 'alice' as const),
  /** How many tabs there are at most: a worker ends with the last of them. */
  tabs: fc.constantFrom(1, 2, TABS),
  rotate: fc.constantFrom(true, true, false),
  expiresIn: fc.constantFrom(3, 60, 3600),
  /** What the other version of the application has for its session. */
  other: fc.constantFrom('worker' as const, 'page' as const),
})

export type RelaySetting = typeof relaySetting extends fc.Arbitrary<infer One> ? One : never
