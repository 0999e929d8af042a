import { expect, test, type TestContext } from 'vitest'
import { setHidden, signIn, status, token, until } from './harness/tab.ts'
import { worlds, type WorldOptions } from './harness/world.ts'

const createWorld = worlds()

const LENGTH = 30

/**
 * How often a token may be refreshed in so many seconds, as its lead is min(60 s, 20 % of the lifetime). The shortest is held
 * to one a second by the floor between refreshes.
 */
const bound = (lifetime: number, seconds: number) => seconds / Math.max(0.8 * lifetime, 1) + 1

interface Watch {
  /** The tab is hidden while the last token is still valid. */
  hidden?: boolean
  /** A busy machine is given longer for so many. */
  least?: number
}

async function refreshesIn30Seconds(
  { onTestFinished }: TestContext,
  options: WorldOptions,
  { hidden = false, least = 0 }: Watch = {},
) {
  const lifetime = options.provider!.accessTokenTtl!
  const first = hidden ? 300 : lifetime
  const world = await createWorld(
    { ...options, provider: { accessTokenTtl: first } },
    onTestFinished,
  )
  const { provider } = world
  const page = await world.tab()
  await signIn(page)
  if (hidden) {
    await setHidden(page, true)
    provider.change({ accessTokenTtl: lifetime })
    await token(page, { forceRefresh: true })
  }
  const before = provider.requests('token').length
  const startedAt = Date.now()
  await new Promise((resolve) => setTimeout(resolve, LENGTH * 1000))
  expect(await status(page)).toBe('signed-in')
  const counted = () => provider.requests('token').slice(before)
  await until(
    () => counted().length,
    (count) => count >= least,
    `${least} refreshes`,
  )
  const made = counted()
  const length = (Date.now() - startedAt) / 1000
  const seconds = new Map<number, number>()
  for (const { at } of made) {
    const second = Math.floor((at - made[0]!.at) / 1000)
    seconds.set(second, (seconds.get(second) ?? 0) + 1)
  }
  const busiestSecond = Math.max(0, ...seconds.values())
  return { count: made.length, length, busiestSecond }
}

// Each takes half a minute, so they run at once.
test.concurrent.for([1, 5, 30])(
  'U5 U7 T-06 T-08 makes a bounded number of requests, and no busy loop, for a token of %i s that is watched for 30 s',
  async (lifetime, context) => {
    const options = { watch: true, provider: { accessTokenTtl: lifetime } }
    // Kept renewed; how often exactly depends on how long each answer takes.
    const least = lifetime === 30 ? 1 : 3
    const { count, length, busiestSecond } = await refreshesIn30Seconds(context, options, { least })
    expect(count).toBeLessThanOrEqual(bound(lifetime, length))
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
    const { count } = await refreshesIn30Seconds(context, options, { hidden: true })
    expect(count).toBe(0)
  },
)
