import { describe, expect, test } from 'vitest'
import { problem } from '../../../src/testing/bff/test-bff.ts'
import { behaviours } from '../../../src/testing/provider/behaviours.ts'
import { failure } from '../../support/outcomes.ts'
import { announcements } from '../../../src/vault/announcements.ts'
import { states } from '../device.ts'
import { bffDevice } from './device.ts'

describe('the end of a session that one tab learns', () => {
  test('is known in all of them, each of which asks once', async () => {
    const { signedIn, opened, bff, ask, world } = bffDevice()
    const { vault } = await signedIn()
    const others = [await opened(), await opened(), await opened()]
    for (const { events } of others) events.length = 0
    bff.end()
    bff.next('token', () => problem('session_expired', { reason: 'invalid_grant' }))
    const before = bff.requests('session').length
    expect((await failure(ask(vault))).code).toBe('session_expired')
    await world.advance(20_000)
    for (const { events } of others) expect(states(events)).toMatchObject([{ status: 'expired' }])
    expect(bff.requests('session').length - before).toBe(others.length)
  })

  test('is asked for again where the backend cannot be reached at that moment', async () => {
    const { signedIn, opened, bff, ask, world } = bffDevice()
    const { vault } = await signedIn()
    const other = await opened()
    other.events.length = 0
    bff.end()
    bff.always('session', behaviours.offline)
    await failure(ask(vault))
    await world.advance(1_000)
    expect(states(other.events)).toEqual([])
    bff.always('session', undefined)
    await world.advance(31_000)
    expect(states(other.events)).toMatchObject([{ status: 'expired' }])
  })

  test('is not believed of a script: the backend is asked', async () => {
    const { signedIn, bff, world } = bffDevice()
    const { events } = await signedIn()
    const script = announcements(world.thread(), 'evertoken.bff.test', 'ends')
    const before = bff.log.length
    script.announce({ type: 'signed-out' })
    await world.advance(1_000)
    expect(bff.log.length).toBe(before + 1)
    expect(states(events)).toEqual([])
  })

  test('is asked for by nobody who has no session', async () => {
    const { opened, bff, world } = bffDevice()
    await opened()
    announcements(world.thread(), 'evertoken.bff.test', 'ends').announce({ type: 'signed-out' })
    await world.advance(1_000)
    expect(bff.log).toEqual([])
  })

  test('ends no session that began after it', async () => {
    const { signedIn, opened, signIn, bff, ask, world } = bffDevice()
    const one = await signedIn()
    const other = await opened()
    bff.end()
    await failure(ask(one.vault))
    const again = await signIn(one, 'user-2')
    await world.advance(20_000)
    expect(states(other.events).at(-1)).toMatchObject({ status: 'live' })
    expect(await again.vault.open()).toMatchObject({ status: 'live' })
  })
})
