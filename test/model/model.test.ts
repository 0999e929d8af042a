import fc from 'fast-check'
import { expect, test } from 'vitest'
import '../client/lazy.ts'
import { setting, steps, type Setting, type Step } from './steps.ts'
import { World } from './world.ts'

const numRuns = Number(process.env['MODEL_RUNS'] ?? 60)
const seed = process.env['MODEL_SEED']

async function run(given: Setting, walk: Step[]): Promise<void> {
  const world = await World.create(given)
  const first: Step[] = [
    { act: { do: 'open', tab: 0, version: 0 }, then: 'settle' },
    { act: { do: 'sign in', tab: 0, user: 0, cached: false }, then: 'settle' },
    { act: { do: 'open', tab: 1, version: 0 }, then: 'settle' },
  ]
  for (const step of [...first, ...walk]) {
    await world.step(step)
    expect(world.violations).toEqual([])
  }
  await world.end()
  expect(world.violations).toEqual([])
}

test(
  'holds what is promised in any walk of tabs, users, lost messages, dying workers and versions',
  async () => {
    await fc.assert(fc.asyncProperty(setting, steps, run), {
      numRuns,
      ...(seed !== undefined && { seed: Number(seed) }),
    })
  },
  Math.max(numRuns * 5000, 120_000),
)
