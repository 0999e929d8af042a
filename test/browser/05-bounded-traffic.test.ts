import { expect, test, type TestContext } from 'vitest'
import { setHidden, signIn, status } from './harness/tab.ts'
import { worlds, type WorldOptions } from './harness/world.ts'

const createWorld = worlds()

const LENGTH = 30

/** How often a token may be refreshed in the time, as its lead is min(60 s, 20 % of the lifetime). */
const bound = (lifetime: number) => Math.floor(LENGTH / (lifetime - 0.2 * lifetime)) + 1

async function refreshesIn30Seconds(
  { onTestFinished }: TestContext,
  options: WorldOptions,
  hidden = false,
) {
  const world = await createWorld(options, onTestFinished)
  const page = await world.tab()
  await signIn(page)
  if (hidden) await setHidden(page, true)
  const before = world.provider.requests('token').length
  await new Promise((resolve) => setTimeout(resolve, LENGTH * 1000))
  expect(await status(page)).toBe('signed-in')
  const made = world.provider.requests('token').slice(before)
  const seconds = new Map<number, number>()
  for (const { at } of made) {
    const second = Math.floor((at - made[0]!.at) / 1000)
    seconds.set(second, (seconds.get(second) ?? 0) + 1)
  }
  return { count: made.length, busiestSecond: Math.max(0, ...seconds.values()) }
}

// Each takes half a minute, so they run at once.
test.concurrent.for([1, 5, 30])(
  'U5 U7 T-06 T-08 makes a bounded number of requests, and no busy loop, for a token of %i s that is watched for 30 s',
  async (lifetime, context) => {
    const options = { watch: true, provider: { accessTokenTtl: lifetime } }
    const { count, busiestSecond } = await refreshesIn30Seconds(context, options)
    // Kept renewed; how often exactly depends on how long each answer takes.
    expect(count).toBeGreaterThanOrEqual(lifetime === 30 ? 1 : 3)
    // The shortest is held to one a second by the floor between refreshes.
    expect(count).toBeLessThanOrEqual(lifetime === 1 ? LENGTH : bound(lifetime))
    expect(busiestSecond).toBeLessThanOrEqual(lifetime === 1 ? 2 : 1)
  },
)

test.concurrent('U5 makes no request for a token that no component watches', async (context) => {
  const { count } = await refreshesIn30Seconds(context, { provider: { accessTokenTtl: 5 } })
  expect(count).toBe(0)
})

test.concurrent(
  'U5 makes no request for a token that is watched in a hidden tab',
  async (context) => {
    const options = { watch: true, provider: { accessTokenTtl: 5 } }
    const { count } = await refreshesIn30Seconds(context, options, true)
    expect(count).toBe(0)
  },
)
