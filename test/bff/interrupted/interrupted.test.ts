// One request of a page goes wrong at one place: every route, every place, every way to go wrong.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ROUTE_NAMES, type RouteName } from '../every-route.ts'
import { patience, runs } from '../runs.ts'
import { TROUBLES } from './troubles.ts'
import { World, type Case } from './world.ts'

const RUNS = 60
const PLACES = ['store', 'cookies'] as const
/** No request makes so many calls. */
const MANY = 40
/** All of them, one after the other, in some minutes. */
const EVERY = process.env['EVERY_PLACE'] !== undefined

const cases = fc.record({
  route: fc.constantFrom(...ROUTE_NAMES),
  isOver: fc.boolean(),
  trouble: fc.constantFrom(...TROUBLES),
  at: fc.nat(14),
})

test.each(PLACES)(
  'B-65 a request that goes wrong at any place leaves a session as it was, or ended and told of, with its tokens revoked: in a %s',
  async (where) => {
    const world = await World.create(where)
    const run = async (given: Omit<Case, 'where'>) => {
      expect((await world.run({ ...given, where })) ?? []).toEqual([])
    }
    await fc.assert(fc.asyncProperty(cases, run), { ...runs(RUNS), endOnFailure: true })
  },
  patience(RUNS),
)

/** Every call that a request makes, and every way in which it goes wrong. @returns what was not as it must be */
async function everyPlace(world: World, given: Pick<Case, 'where' | 'route' | 'isOver'>) {
  const wrong: string[] = []
  let struck = 0
  for (const trouble of TROUBLES) {
    for (let at = 0; at < MANY; at++) {
      const found = await world.run({ ...given, trouble, at })
      if (!found) break
      struck++
      for (const one of found) wrong.push(`${trouble}, ${world.troubles.struck}: ${one}`)
    }
  }
  return { wrong, struck }
}

describe.each(PLACES)('B-65 at every place where it can go wrong, in a %s,', (where) => {
  // Each of these once left a refresh token alive, or a session that nobody was told the end of.
  const found: RouteName[] = ['callback', 'logout', 'frontchannel-logout', 'backchannel-logout']
  test.each(EVERY ? ROUTE_NAMES : found)(
    '%s leaves nothing behind',
    async (route) => {
      const world = await World.create(where)
      for (const isOver of EVERY ? [false, true] : [false]) {
        const { wrong, struck } = await everyPlace(world, { where, route, isOver })
        expect(wrong).toEqual([])
        const asksNobody = route === 'login' || (where === 'cookies' && route === 'session')
        if (!asksNobody) expect(struck).toBeGreaterThan(0)
      }
    },
    300_000,
  )
})
