import { describe, expect, test } from 'vitest'
import { behaviours, status, type Behaviour } from '../../../src/testing/provider/behaviours.ts'
import { failure } from '../../support/outcomes.ts'
import {
  accessToken,
  vaultDevice as device,
  signedInVault as signedIn,
  states,
  type VaultDevice as Device,
} from '../device.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

const slow =
  ({ world }: Pick<Device, 'world'>, ms: number): Behaviour =>
  async (act) => {
    const response = await act()
    await new Promise<void>((resolve) => void world.timer(resolve, ms))
    return response
  }

describe('F31 an answer to a refresh that takes its time', () => {
  test.each([11, 20, 27])('serves all who waited for it: after %i s', async (seconds) => {
    const made = await signedIn('worker')
    const { vault, events, provider, world, pass, refreshes } = made
    world.sleep(2 * HOUR)
    provider.next('token', slow(made, seconds * SECOND))
    const callers = Array.from({ length: 50 }, () => vault.getToken({}))
    const tokens = await pass(Promise.all(callers))
    expect(new Set(tokens.map(accessToken)).size).toBe(1)
    expect(refreshes().length).toBe(1)
    expect(states(events)).toEqual([])
  })

  test('is used when it comes, also by those who came after a caller had given up', async () => {
    const made = await signedIn('worker')
    const { vault, provider, world, refreshes } = made
    world.sleep(2 * HOUR)
    // A need goes first: the own request then comes too late for its caller.
    provider.next('token', slow(made, 20 * SECOND), slow(made, 20 * SECOND))
    vault.getToken({ resource: ['https://a.example'] }).catch(() => {})
    await world.settle()
    const first = failure(vault.getToken({}))
    await world.advance(31 * SECOND)
    expect(await first).toMatchObject({ code: 'timeout', recoverable: true })
    const second = vault.getToken({})
    await world.advance(10 * SECOND)
    await second
    expect(refreshes().length).toBe(2)
  })

  test('that a caller cannot wait for: the token at hand, where it still holds', async () => {
    const made = await signedIn('worker')
    const { vault, provider, world, ask } = made
    await world.advance(59 * MINUTE + 5 * SECOND)
    const before = accessToken(await ask(vault))
    provider.next('token', slow(made, 20 * SECOND), slow(made, 20 * SECOND))
    vault.getToken({ resource: ['https://a.example'] }).catch(() => {})
    await world.settle()
    const ahead = vault.getToken({ proactive: true })
    const forced = failure(vault.getToken({ forceRefresh: true }))
    await world.advance(31 * SECOND)
    expect(accessToken(await ahead)).toBe(before)
    expect((await forced).code).toBe('timeout')
  })

  test('the spent token is not sent again before its answer cannot come any more, in shared tabs neither', async () => {
    const made = await device()
    const one = await made.opened('shared')
    await made.signIn(one.vault)
    const two = await made.opened('shared')
    made.world.sleep(2 * HOUR)
    made.provider.always('token', behaviours.deaf)
    const start = made.world.monotonic
    for (const { vault } of [one, two]) vault.getToken({}).catch(() => {})
    await made.world.until(() => made.refreshes().length === 2, 2 * MINUTE)
    expect(made.world.monotonic - start).toBeGreaterThanOrEqual(28 * SECOND)
  })
})

describe('F32 back online', () => {
  /** A strict caller is told at once, and does not wait a minute. */
  async function coolingDown() {
    const made = await signedIn()
    const { vault, provider, world } = made
    world.sleep(2 * HOUR)
    provider.always('token', behaviours.offline)
    for (let i = 0; i < 7; i++) {
      await failure(made.ask(vault))
      await world.advance(20 * SECOND)
    }
    expect((await failure(made.ask(vault))).code).toBe('network')
    provider.always('token', undefined)
    return made
  }

  test('a caller who says so is served by the first call', async () => {
    const { vault, world, ask } = await coolingDown()
    const start = world.monotonic
    await ask(vault, { resumed: true })
    // No more than the floor between two requests.
    expect(world.monotonic - start).toBeLessThanOrEqual(SECOND)
  })

  test('the cool-down of a need ends as well', async () => {
    const { vault, provider, world, ask } = await signedIn()
    const need = { resource: ['https://a.example'] }
    provider.always('token', behaviours.offline)
    for (let i = 0; i < 7; i++) {
      await failure(ask(vault, need))
      await world.advance(20 * SECOND)
    }
    expect((await failure(ask(vault, need))).code).toBe('network')
    provider.always('token', undefined)
    // Any caller of the device may be the one who says so.
    await ask(vault, { resumed: true })
    const start = world.monotonic
    await ask(vault, need)
    // No more than the floor between two requests.
    expect(world.monotonic - start).toBeLessThanOrEqual(SECOND)
  })

  test('what the provider asked for, or refused, is not undone', async () => {
    const { vault, provider, world, ask, refreshes } = await signedIn()
    const need = { resource: ['https://a.example'] }
    provider.next('token', status(429, { 'retry-after': '600' }))
    await failure(ask(vault, need))
    await ask(vault, { resumed: true })
    await failure(ask(vault, { ...need, resumed: true }))
    expect(refreshes().length).toBe(1)
    await world.advance(11 * MINUTE)
    await ask(vault, need)
  })
})

describe('F16 a sign-out at a vault that knows no metadata', () => {
  async function afterVaultLost() {
    const made = await device()
    return { ...made, ...(await made.opened('worker', { metadata: undefined })) }
  }

  test('asks the provider where it ends its session', async () => {
    const { vault, provider, pass } = await afterVaultLost()
    const { url } = await pass(vault.endSession({ provider: true }))
    expect(url).toContain(`${provider.issuer}/logout`)
  })

  test('is announced before, and settles soon where the provider does not answer', async () => {
    const { vault, provider, world, pass, events } = await afterVaultLost()
    provider.always('discovery', behaviours.deaf)
    const start = world.monotonic
    const ending = vault.endSession({ provider: true })
    await world.settle()
    expect(world.broadcasts.map(({ message }) => message)).toEqual([{ type: 'signed-out' }])
    expect(states(events)).toEqual([{ status: 'empty', reason: 'signed_out' }])
    expect(await pass(ending)).toEqual({})
    expect(world.monotonic - start).toBeLessThan(4 * SECOND)
  })

  test('that stays here asks nothing', async () => {
    const { vault, provider, pass } = await afterVaultLost()
    expect(await pass(vault.endSession({ provider: false }))).toEqual({})
    expect(provider.requests('discovery')).toEqual([])
  })
})
