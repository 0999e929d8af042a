import { describe, expect, test } from 'vitest'
import type { AuthClient, SessionDeadline } from 'evertoken'
import { altered } from '../../../src/testing/provider/behaviours.ts'
import '../lazy.ts'
import { signedInApp, type App, type AppDevice } from '../setup.ts'

const MINUTE = 60_000

/** What a page is told of the end of its session. */
function watch({ client }: { client: AuthClient<unknown> }, warnBefore?: number) {
  const told: SessionDeadline[] = []
  const end = client.watchSessionDeadline((deadline) => told.push(deadline), { warnBefore })
  const ending = () => {
    const last = told.at(-1)
    if (last?.status !== 'ending') throw new Error(`It is ${last?.status}`)
    return last
  }
  return { told, end, ending, last: () => told.at(-1)?.status }
}

/** A provider that says when the refresh token ends, in its own words. */
async function signedInUntil(
  members: (on: AppDevice) => Record<string, unknown>,
): Promise<AppDevice & App> {
  const on = await signedInApp({}, { expiresIn: 300 })
  on.provider.always(
    'token',
    altered((body) => JSON.stringify({ ...(JSON.parse(body) as object), ...members(on) })),
  )
  await on.client.getAccessToken({ forceRefresh: true })
  return on
}

describe('the end of the session, in browser mode', () => {
  test.each([
    ['refresh_token_expires_in', 1800],
    ['refresh_expires_in', '1800'],
  ])('W8 warns by %s of the token response, each second once', async (name, value) => {
    const on = await signedInUntil(() => ({ [name]: value }))
    const warning = watch(on)
    await on.world.settle()
    expect(warning.told).toEqual([{ status: 'known' }])
    await on.world.advance(29 * MINUTE - 1000)
    expect(warning.told).toHaveLength(1)
    await on.world.advance(1000)
    expect(warning.ending()).toMatchObject({ secondsLeft: 60, extendable: true })
    await on.world.advance(5000)
    expect(warning.told).toHaveLength(7)
    expect(warning.ending().secondsLeft).toBe(55)
    warning.end()
    await on.world.advance(5000)
    expect(warning.told).toHaveLength(7)
  })

  test('W8 extends the session by one refresh, for all tabs, and each tab counts the same', async () => {
    const on = await signedInUntil(() => ({ refresh_token_expires_in: 1800 }))
    const other = on.open()
    await other.client.whenSettled()
    const warnings = [watch(on), watch(other)]
    await on.world.advance(29 * MINUTE + 15_300)
    expect(warnings.map(({ ending }) => ending().secondsLeft)).toEqual([45, 45])
    expect(new Set(warnings.map(({ ending }) => ending().endsAt)).size).toBe(1)
    const before = on.tokenRequests()
    const { extend } = warnings[0]!.ending()
    await Promise.all([extend(), extend()])
    await on.world.advance(1000)
    expect(on.tokenRequests()).toBe(before + 1)
    expect(warnings.map(({ last }) => last())).toEqual(['known', 'known'])
    await on.world.advance(29 * MINUTE)
    expect(warnings.map(({ last }) => last())).toEqual(['ending', 'ending'])
  })

  test('W8 knows the end after a reload, and by a token for another resource', async () => {
    const on = await signedInUntil(() => ({ refresh_token_expires_in: 1800 }))
    await on.world.advance(10 * MINUTE)
    const reloaded = on.open({}, { cloneOf: on.tab })
    await reloaded.client.whenSettled()
    const warning = watch(reloaded)
    await on.world.settle()
    expect(warning.last()).toBe('known')
    await on.client.getAccessToken({ scope: 'openid' })
    await on.world.advance(19 * MINUTE + 1000)
    expect(warning.last()).toBe('known')
    await on.world.advance(10 * MINUTE)
    expect(warning.ending().secondsLeft).toBe(59)
  })

  test('W8 knows no end any more where a later token response does not say it, and asks for nothing', async () => {
    let says = true
    const on = await signedInUntil(() => (says ? { refresh_token_expires_in: 1800 } : {}))
    const warning = watch(on)
    await on.world.settle()
    expect(warning.last()).toBe('known')
    says = false
    await on.world.advance(MINUTE)
    await on.client.getAccessToken({ forceRefresh: true })
    await on.world.settle()
    expect(warning.last()).toBe('unknown')
    const before = on.tokenRequests()
    await on.world.advance(40 * MINUTE)
    expect(on.tokenRequests()).toBe(before)
    expect(warning.last()).toBe('unknown')
  })

  test('W8 says that it cannot be extended where a refresh did not put the end off', async () => {
    let endsAt: number | undefined
    const on = await signedInUntil(({ world }) => {
      endsAt ??= world.wall + 30 * MINUTE
      return { refresh_token_expires_in: Math.round((endsAt - world.wall) / 1000) }
    })
    const warning = watch(on)
    await on.world.advance(29 * MINUTE + 10_000)
    expect(warning.ending().extendable).toBe(true)
    await warning.ending().extend()
    expect(warning.ending()).toMatchObject({ extendable: false, secondsLeft: 50 })
  })

  test('W8 the end that was told comes: the page shows an expired session, and nothing asks again', async () => {
    const on = await signedInUntil(() => ({ refresh_token_expires_in: 1800 }))
    const warning = watch(on)
    await on.world.advance(29 * MINUTE + 50_000)
    for (const known of on.provider.refreshTokens.values()) known.grant.alive = false
    await on.world.advance(10_000)
    expect(on.client.getSession().status).toBe('expired')
    expect(warning.last()).toBe('unknown')
    const before = on.tokenRequests()
    await on.world.advance(30 * MINUTE)
    expect(on.tokenRequests()).toBe(before)
  })

  test.each([
    {},
    { refresh_expires_in: 0 },
    { refresh_token_expires_in: 'never' },
    { refresh_token_expires_in: -5 },
  ])('W8 tells nothing where the provider says %j', async (members) => {
    const on = await signedInUntil(() => members)
    const warning = watch(on)
    await on.world.advance(120 * MINUTE)
    expect(warning.told).toEqual([])
  })

  test('W8 a sign-out ends the warning, and another user has another end', async () => {
    const on = await signedInUntil(() => ({ refresh_token_expires_in: 1800 }))
    const warning = watch(on)
    await on.world.advance(29 * MINUTE + 10_000)
    expect(warning.ending().secondsLeft).toBe(50)
    await on.client.signOut({ provider: false })
    await on.world.settle()
    expect(warning.last()).toBe('unknown')
    const told = warning.told.length
    await on.world.advance(5 * MINUTE)
    expect(warning.told).toHaveLength(told)
  })

  test('U21 extend() rejects where the provider does not answer, and the warning goes on', async () => {
    const on = await signedInUntil(() => ({ refresh_token_expires_in: 1800 }))
    const warning = watch(on)
    await on.world.advance(29 * MINUTE + 10_000)
    on.world.online = false
    const extended = warning
      .ending()
      .extend()
      .catch((error: unknown) => error)
    await on.world.advance(20_000)
    expect(await extended).toMatchObject({ code: 'network' })
    expect(warning.ending().secondsLeft).toBe(30)
  })
})
