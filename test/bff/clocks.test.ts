// Instances whose clocks differ by minutes, on one store: what that may cost, and what it may not.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createBff } from '../../src/bff/create-bff.ts'
import type { TokenAnswer } from '../../src/bff-protocol.ts'
import { status } from '../../src/testing/provider/behaviours.ts'
import { logoutToken, notify } from './logout-token.ts'
import { patience, runs } from './runs.ts'
import { setUp } from './setup.ts'

const RUNS = 20
const MINUTE = 60_000
const LIFETIME_MS = 5 * MINUTE
const offset = fc.integer({ min: -5 * MINUTE, max: 5 * MINUTE })

/** Instances of one backend, each with a clock of its own, and a user. */
async function instancesWith(offsets: number[]) {
  const setup = await setUp({
    provider: { expiresIn: LIFETIME_MS / 1000 },
    options: { mediated: [{}] },
  })
  const { env, options, provider } = setup
  provider.idToken.claims = { sid: 'session-1' }
  const clocks = [...offsets]
  const all = clocks.map((_, at) =>
    createBff(options, { ...env, now: () => env.now() + (clocks[at] ?? 0) }),
  )
  const user = setup.browser()
  user.bff = all[0]!
  await user.signIn()
  const issued = new Map<string, number>()
  return {
    ...{ ...setup, user, all },
    jumpTo: (at: number, by: number) => void (clocks[at] = by),
    spread: () => Math.max(0, ...clocks) - Math.min(0, ...clocks),
    refreshes: () => provider.requests('token').length - 1,
    /** Of an access token, ms by the provider's clock; what is seen the first time was just issued, or at the sign-in. */
    ageOf: (token: string) => {
      if (!issued.has(token)) issued.set(token, env.now())
      return env.now() - issued.get(token)!
    },
    ask: async (at: number, body: object = {}) => {
      user.bff = all[at]!
      return user.post('/bff/token', body)
    },
  }
}

const act = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('token' as const), at: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('force' as const), at: fc.nat(2) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.nat(4 * MINUTE) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('jump' as const), at: fc.nat(2), by: offset }),
  },
)
type Act = typeof act extends fc.Arbitrary<infer A> ? A : never

test(
  'B-23 B-25 clocks of instances that differ by minutes end no session, and cost at most one refresh for each clock and expiry',
  async () => {
    const run = async (offsets: number[], acts: Act[]) => {
      const world = await instancesWith(offsets)
      let before = 0
      let forced = 0
      for (const one of acts) {
        if (one.do === 'wait') world.advance(one.ms)
        if (one.do === 'jump') world.jumpTo(one.at, one.by)
        if (one.do === 'wait' || one.do === 'jump') {
          // Since time went on for the last time.
          expect(world.refreshes() - before - forced).toBeLessThanOrEqual(offsets.length)
          ;[before, forced] = [world.refreshes(), 0]
          continue
        }
        if (one.do === 'force') forced++
        const response = await world.ask(one.at, one.do === 'force' ? { forceRefresh: true } : {})
        expect(response.status).toBe(200)
        const { accessToken } = (await response.json()) as TokenAnswer
        expect(world.ageOf(accessToken)).toBeLessThanOrEqual(LIFETIME_MS + world.spread())
      }
      await Promise.all(world.all.map((instance) => instance.close()))
      const token = await logoutToken(world)
      // It is judged by the time of the provider, which an instance that is five minutes off does not know.
      expect((await notify(world, token)).status).toBe(200)
      for (const at of world.all.keys()) expect((await world.ask(at)).status).toBe(401)
    }
    await fc.assert(
      fc.asyncProperty(
        fc.array(offset, { minLength: 3, maxLength: 3 }),
        fc.array(act, { minLength: 5, maxLength: 30 }),
        run,
      ),
      { ...runs(RUNS), endOnFailure: true },
    )
  },
  patience(RUNS),
)

test.each([
  ['runs five minutes behind', [5 * MINUTE, -5 * MINUTE]],
  ['is set back meanwhile', [0, 0]],
])(
  'B-27 a cool-down lasts as long as it is, also at an instance whose clock %s',
  async (_, offsets) => {
    const { ask, provider, advance, refreshes, jumpTo } = await instancesWith(offsets)
    advance(LIFETIME_MS + 11 * MINUTE)
    provider.always('token', status(503))
    const first = await ask(0)
    expect(first.status).toBe(503)
    jumpTo(1, -5 * MINUTE)
    const second = await ask(1)
    expect(second.status).toBe(503)
    expect(Number(second.headers.get('retry-after'))).toBeLessThanOrEqual(2)
    // One request goes out for all of them.
    expect(refreshes()).toBe(1)
    provider.always('token', undefined)
    advance(2_000)
    expect((await ask(1)).status).toBe(200)
  },
)
