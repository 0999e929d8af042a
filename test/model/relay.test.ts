import { watchCollections } from './collections.ts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import '../client/lazy.ts'
import {
  calmWalk,
  relaySetting,
  roughWalk,
  type RelaySetting,
  type RelayStep,
} from './relay-steps.ts'
import { RelayWorld } from './relay-world.ts'

const { MODEL_RUNS, MODEL_SEED = MODEL_RUNS === undefined ? '5' : undefined } = process.env
const numRuns = Number(MODEL_RUNS ?? 40)
const seed = MODEL_SEED === undefined ? {} : { seed: Number(MODEL_SEED) }

const FIRST: RelayStep = { act: { do: 'open', tab: 0, version: 0 }, until: 'settle' }
const ALICE: RelayStep = {
  act: { do: 'sign in', tab: 0, user: 0, lingers: 0, awayMs: 0 },
  until: 'settle',
}

async function run(given: RelaySetting, walk: RelayStep[]): Promise<void> {
  const world = await RelayWorld.create(given)
  for (const step of [FIRST, ...(given.begins === 'alice' ? [ALICE] : []), ...walk]) {
    await world.step(step)
    expect(world.violations).toEqual([])
  }
  await world.end()
  expect(world.violations).toEqual([])
}

test.each([
  ['nothing befalls the relay', calmWalk],
  ['relays end, are unregistered, refused and slow', roughWalk],
])(
  'U8 U19 holds what is promised of a worker that ends with its last page: %s',
  async (_, walk) => {
    await fc.assert(fc.asyncProperty(relaySetting, walk as fc.Arbitrary<RelayStep[]>, run), {
      numRuns,
      ...seed,
    })
  },
  Math.max(numRuns * 5000, 120_000),
)

test('keeps as many timers, listeners, workers and entries after nine rounds of a relay as after three', async () => {
  watchCollections()
  const setting: RelaySetting = {
    begins: 'nobody',
    tabs: 2,
    rotate: true,
    expiresIn: 60,
    other: 'worker',
  }
  const world = await RelayWorld.create(setting)
  const rounds = async (count: number) => {
    for (let round = 0; round < count; round++) {
      for (const act of ROUND) await world.step({ act, until: 'settle' })
    }
    // The longest timer of a page that is gone, for records of sign-ins, takes ten minutes.
    await world.pass(11 * 60_000)
    return world.footprint()
  }
  const after = await rounds(3)
  expect(await rounds(6)).toEqual(after)
  expect(world.violations).toEqual([])
}, 300_000)

const ROUND: RelayStep['act'][] = [
  { do: 'open', tab: 0, version: 0 },
  { do: 'sign in', tab: 0, user: 0, lingers: 0, awayMs: 0 },
  { do: 'tick', ms: 3000 },
  { do: 'late', tab: 0, need: 0, ms: 2000 },
  { do: 'reload', tab: 0, lingers: 500 },
  { do: 'tick', ms: 5000 },
  { do: 'open', tab: 1, version: 1 },
  { do: 'sign in', tab: 1, user: 1, lingers: 0, awayMs: 0 },
  { do: 'reload', tab: 1, lingers: 0 },
  { do: 'relay', what: 'ends' },
  { do: 'sign out', tab: 0, provider: false },
  { do: 'tick', ms: 2000 },
  { do: 'close', tab: 0, lingers: 0 },
  { do: 'relay', what: 'unregister' },
  { do: 'close', tab: 1, lingers: 1000 },
]
