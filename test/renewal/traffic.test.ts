import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MIN_REFRESH_INTERVAL_MS, leadOf } from '../../src/renewal/schedule.ts'
import { lifetimeOf } from '../../src/renewal/expires-in.ts'
import { behaviours, status, type Behaviour } from '../../src/testing/provider/behaviours.ts'
import { refusal } from '../../src/testing/provider/responses.ts'
import { vaultDevice as device } from '../vault/device.ts'

const SPAN = 120_000

const FAILURES: Record<string, Behaviour> = {
  '503': status(503),
  '429 at once': status(429, { 'retry-after': '0' }),
  '429 for long': status(429, { 'retry-after': '20' }),
  '408': status(408),
  HTML: behaviours.html,
  offline: behaviours.offline,
  hang: behaviours.hang,
  slow_down: () => refusal('slow_down'),
}
const fine: Behaviour = (act) => act()

const expiresIn = fc.oneof(
  fc.constantFrom(undefined, null, 0, 1, 5, 30, 1e12, '60'),
  fc.nat(400_000_000),
  fc.double({ min: 0, max: 100, noNaN: true }),
)
const skew = fc.integer({ min: -80_000_000, max: 80_000_000 })
const pattern = fc.array(fc.constantFrom('fine', ...Object.keys(FAILURES)), {
  minLength: 1,
  maxLength: 6,
})
const jump = fc.constantFrom(0, 0, -86_400_000, 3_600_000)

/** Milliseconds between two times that the device wakes up, or the network comes back. */
const wakes = fc.constantFrom(undefined, 100, 1000, 5000, 45_000)

test('U5 T-06 sends a bounded number of requests for any lifetime, skew, failure pattern and flapping network', async () => {
  await fc.assert(
    fc.asyncProperty(
      expiresIn,
      skew,
      pattern,
      jump,
      wakes,
      async (seconds, skew, pattern, jump, wakes) => {
        const made = await device({ rotate: false })
        const { world, provider, opened, signIn, refreshes } = made
        // The device's clock is wrong all along.
        provider.options.now = () => world.wall - skew
        const { vault } = await opened('isolated')
        await signIn(vault)
        provider.tokenResponse = { expires_in: seconds }
        world.sleep(2 * 3_600_000)
        let turn = 0
        let succeeded = 0
        provider.always('token', async (act, request) => {
          const name = pattern[turn++ % pattern.length]!
          if (name === 'fine') succeeded++
          return (FAILURES[name] ?? fine)(act, request)
        })
        const run = { over: false }
        let running = 0
        // As greedy as anybody can be: two that ask all the time, one of them ahead of time.
        const caller = async (early: boolean) => {
          running++
          while (!run.over) {
            await vault.getToken({ proactive: early }).catch(() => {})
            await new Promise<void>((resolve) => void world.timer(resolve, 250))
          }
          running--
        }
        void caller(false)
        void caller(true)
        const flap = async (ms: number) => {
          while (!run.over) {
            vault.getToken({ proactive: true, resumed: true }).catch(() => {})
            await new Promise<void>((resolve) => void world.timer(resolve, ms))
          }
        }
        if (wakes !== undefined) void flap(wakes)
        await world.advance(SPAN / 2)
        world.jump(jump)
        await world.advance(SPAN / 2)
        run.over = true
        const requests = refreshes().length
        await world.advance(40_000)
        expect(running).toBe(0)

        const lifetime = lifetimeOf(seconds === null ? undefined : Number(seconds ?? 300))
        const spacing = Math.max(MIN_REFRESH_INTERVAL_MS, lifetime - leadOf(lifetime))
        // One at the start, one because the clock jumped.
        expect(succeeded).toBeLessThanOrEqual(2 + SPAN / spacing + 1)
        expect(requests).toBeLessThanOrEqual(2 + SPAN / MIN_REFRESH_INTERVAL_MS)
        // Backed off: half a second, then doubled, to half a minute at the least.
        // Waking up saves a pause now and then: after one second, two, four, to a minute.
        const saved = wakes === undefined ? 0 : 8 + SPAN / 60_000
        if (!pattern.includes('fine'))
          expect(requests).toBeLessThanOrEqual(8 + SPAN / 30_000 + saved)
        expect(await vault.open()).toMatchObject({ status: 'live' })
      },
    ),
    { numRuns: Number(process.env['MODEL_RUNS'] ?? 30), interruptAfterTimeLimit: 60_000 },
  )
})

test('U5 sends some hundred requests to a provider that is down for an hour, and none after the first answer', async () => {
  const { world, provider, opened, signIn, refreshes, ask } = await device()
  const { vault } = await opened('isolated')
  await signIn(vault)
  world.sleep(2 * 3_600_000)
  provider.always('token', status(503))
  const run = { over: false }
  const caller = async () => {
    while (!run.over) {
      await vault.getToken({}).catch(() => {})
      await new Promise<void>((resolve) => void world.timer(resolve, 1000))
    }
  }
  const callers = [caller(), caller(), caller()]
  await world.advance(3_600_000)
  run.over = true
  expect(refreshes().length).toBeLessThan(130)
  provider.always('token', undefined)
  await world.advance(60_000)
  await Promise.all(callers)
  await ask(vault)
})
