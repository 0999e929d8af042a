import { expect, test, type TestContext } from 'vitest'
import { setHidden, signIn, status } from './harness/tab.ts'
import { worlds, type WorldOptions } from './harness/world.ts'

const createWorld = worlds()

const LENGTH = 30

/** Lead = min(60 s, 20 % of the lifetime): so often may a token be renewed in the time. */
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

// Half a minute each, so all of them at once.
test.concurrent.for([1, 5, 30])(
  '5 a token of %i s, watched for 30 s: requests bounded, no busy loop (U5, U7, T-06, T-08)',
  async (lifetime, context) => {
    const options = { watch: true, provider: { accessTokenTtl: lifetime } }
    const { count, busiestSecond } = await refreshesIn30Seconds(context, options)
    expect(count).toBeGreaterThanOrEqual(lifetime === 30 ? 1 : Math.floor(LENGTH / lifetime) - 6)
    // The shortest is held to one a second by the floor between refreshes.
    expect(count).toBeLessThanOrEqual(lifetime === 1 ? LENGTH : bound(lifetime))
    expect(busiestSecond).toBeLessThanOrEqual(lifetime === 1 ? 2 : 1)
  },
)

test.concurrent('5 nobody watches: no request at all (U5)', async (context) => {
  const { count } = await refreshesIn30Seconds(context, { provider: { accessTokenTtl: 5 } })
  expect(count).toBe(0)
})

test.concurrent('5 watched in a hidden tab: no request at all (U5)', async (context) => {
  const options = { watch: true, provider: { accessTokenTtl: 5 } }
  const { count } = await refreshesIn30Seconds(context, options, true)
  expect(count).toBe(0)
})
