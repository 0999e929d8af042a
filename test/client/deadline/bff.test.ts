import { expect, test } from 'vitest'
import type { SessionDeadline } from 'evertoken'
import { bffApps, type BffApp } from '../modes/bff-device.ts'

const MINUTE = 60_000

function watch({ client }: BffApp) {
  const told: SessionDeadline[] = []
  client.watchSessionDeadline((deadline) => told.push(deadline))
  return told
}

const left = (told: SessionDeadline[]) => {
  const last = told.at(-1)
  return last?.status === 'ending' ? last.secondsLeft : last?.status
}

function extend(told: SessionDeadline[]): Promise<void> {
  const last = told.at(-1)
  if (last?.status !== 'ending') throw new Error(`It is ${last?.status}`)
  return last.extend()
}

test('W8 behind a backend, warns of the idle time in all tabs, and extends it by one request', async () => {
  const on = bffApps({ idleLifetime: 1800 })
  const one = await on.signedIn()
  const two = await on.settled(on.open())
  const tabs = [watch(one), watch(two)]
  await on.world.advance(20 * MINUTE)
  expect(tabs.map(left)).toEqual(['known', 'known'])
  await on.world.advance(9 * MINUTE + 10_000)
  expect(tabs.map(left)).toEqual([50, 50])
  const asked = on.bff.requests('session').length
  await extend(tabs[0]!)
  expect(on.bff.requests('session')).toHaveLength(asked + 1)
  expect(on.bff.requests('session').at(-1)?.parameters.get('slide')).toBeNull()
  await on.world.advance(5000)
  expect(tabs.map(left)).toEqual(['known', 'known'])
  expect(one.client.getSession().status).toBe('signed-in')
})

test('W8 behind a backend, warns of nothing where the session was used meanwhile', async () => {
  const on = bffApps({ idleLifetime: 1800 })
  const one = await on.signedIn()
  const told = watch(one)
  await on.world.advance(20 * MINUTE)
  // Another program of the same browser.
  on.bff.session!.idleUntil = on.world.wall + 30 * MINUTE
  await on.world.advance(20 * MINUTE)
  expect(told).toEqual([{ status: 'known' }])
  await on.world.advance(9 * MINUTE + 1000)
  expect(left(told)).toBe(59)
})

test('W8 behind a backend, the absolute end cannot be extended, and comes', async () => {
  const on = bffApps({ sessionLifetime: 3600 })
  const told = watch(await on.signedIn())
  await on.world.advance(59 * MINUTE + 30_000)
  expect(told.at(-1)).toMatchObject({ status: 'ending', extendable: false, secondsLeft: 30 })
  await on.world.advance(35_000)
  expect(left(told)).toBe('unknown')
  const asked = on.bff.log.length
  await on.world.advance(60 * MINUTE)
  expect(on.bff.log).toHaveLength(asked)
})

test('W8 behind a backend with sessions in cookies, extends the session by its renewal', async () => {
  const on = bffApps({ idleLifetime: 1800, stateless: true, tokenLifetime: 7200 })
  const one = await on.signedIn()
  const told = watch(one)
  await on.world.advance(29 * MINUTE + 10_000)
  expect(left(told)).toBe(50)
  await extend(told)
  expect(on.bff.requests('refresh')).toHaveLength(1)
  expect(left(told)).toBe('known')
})
