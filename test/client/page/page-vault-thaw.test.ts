import { describe, expect, test } from 'vitest'
import { refusal } from '../../../src/testing/provider/responses.ts'
import '../lazy.ts'
import { appDevice, signedInApp } from '../setup.ts'

const WITHOUT_WORKER = { worker: 'throws' } as const

test.each([
  ['isolated', 'freeze', 'thaw'],
  ['shared', 'freeze', 'thaw'],
  ['isolated', 'enterBackForwardCache', 'leaveBackForwardCache'],
  ['shared', 'enterBackForwardCache', 'leaveBackForwardCache'],
] as const)(
  'F5 gives no token of a user who signed out elsewhere to a page with a vault of its own (tabs %s) that stood still: %s, %s',
  async (tabs, stop, go) => {
    const on = await appDevice()
    const first = on.open({ tabs }, WITHOUT_WORKER)
    first.client.start()
    // Tabs that share a session ask each other first.
    await on.world.advance(1000)
    const { tab, client } = await on.signIn(first, { tabs }, WITHOUT_WORKER)
    const { client: other } = on.open({ tabs }, WITHOUT_WORKER)
    other.start()
    await on.world.advance(1000)
    tab[stop]()
    await other.signOut({ provider: false })
    await on.world.settle()
    const seen = new Set<string>()
    const look = () => void seen.add(client.getAccessTokenState().status)
    client.subscribe(look)
    const unwatch = client.subscribeAccessToken(look)
    tab[go]()
    look()
    const asked = client.getAccessToken().catch((error: { code: string }) => error.code)
    await on.world.settle()
    look()
    expect([...seen]).toEqual(['pending', 'unavailable'])
    expect(await asked).toBe('signed_out')
    expect(client.getSession()).toMatchObject({ status: 'signed-out' })
    unwatch()
  },
)

test('F5 gives the token back to a page with a vault of its own whose browser has no channels', async () => {
  const tab = { ...WITHOUT_WORKER, channels: false }
  const on = await signedInApp({}, {}, tab)
  on.tab.freeze()
  on.tab.thaw()
  await on.world.settle()
  expect(await on.client.getAccessToken()).toMatch(/^at-/)
})

describe.each(['isolated', 'shared'] as const)('F5 a page out of the cache (tabs %s)', (tabs) => {
  /** A page of alice's, and another tab; the first goes into the cache, where it hears nothing. */
  async function cached() {
    const on = await appDevice()
    const first = on.open({ tabs }, WITHOUT_WORKER)
    first.client.start()
    await on.world.advance(1000)
    const { tab, client } = await on.signIn(first, { tabs }, WITHOUT_WORKER)
    const other = on.open({ tabs }, WITHOUT_WORKER)
    other.client.start()
    await on.world.advance(1000)
    tab.enterBackForwardCache(true)
    const back = async () => {
      tab.leaveBackForwardCache()
      await on.world.advance(1000)
      return client.getSession()
    }
    return { on, client, other, back }
  }

  test('misses no sign-out, although the browser dropped the message', async () => {
    const { on, client, other, back } = await cached()
    await other.client.signOut({ provider: false })
    await on.world.settle()
    expect(await back()).toEqual({ status: 'signed-out', reason: 'signed_out_elsewhere' })
    await expect(client.getAccessToken()).rejects.toMatchObject({ code: 'signed_out' })
  })

  test('misses no sign-out, also when the same user is back by then', async () => {
    const { on, other, back } = await cached()
    await other.client.signOut({ provider: false })
    await on.world.settle()
    await on.signIn(other, { tabs }, WITHOUT_WORKER)
    expect((await back()).status).not.toBe('signed-in')
  })

  test('misses no other user', async () => {
    const { on, other, back } = await cached()
    on.provider.options.subject = 'user-2'
    await on.signIn(other, { tabs }, WITHOUT_WORKER)
    expect(await back()).not.toMatchObject({ status: 'signed-in', subject: 'user-1' })
  })

  test('keeps its session where nothing happened, or the same user signed in again', async () => {
    const { on, client, other, back } = await cached()
    await on.signIn(other, { tabs }, WITHOUT_WORKER)
    expect(await back()).toMatchObject({ status: 'signed-in', subject: 'user-1' })
    expect(await client.getAccessToken()).toMatch(/^at-/)
  })

  test('keeps a session that began after a sign-out', async () => {
    const { on, other, back } = await cached()
    await back()
    await other.client.signOut({ provider: false })
    await on.world.advance(20_000)
    const again = await on.signIn(other, { tabs }, WITHOUT_WORKER)
    again.tab.enterBackForwardCache(true)
    again.tab.leaveBackForwardCache()
    await on.world.advance(1000)
    expect(again.client.getSession()).toMatchObject({ status: 'signed-in' })
  })
})

describe('F5 a page with a vault of its own, out of the cache', () => {
  /** A page of alice's in the cache, where it hears nothing, and a tab whose vault is in a worker. */
  async function besideWorker() {
    const on = await appDevice()
    const own = await on.signIn(on.open({}, WITHOUT_WORKER), {}, WITHOUT_WORKER)
    const other = await on.signIn(on.open())
    own.tab.enterBackForwardCache(true)
    const back = async () => {
      own.tab.leaveBackForwardCache()
      await on.world.advance(1000)
      return own.client.getSession()
    }
    return { on, other, back }
  }

  test('misses no sign-out of a tab whose vault is in a worker', async () => {
    const { on, other, back } = await besideWorker()
    await other.client.signOut()
    await on.world.settle()
    expect(await back()).toEqual({ status: 'signed-out', reason: 'signed_out_elsewhere' })
  })

  test('misses no sign-out of a tab whose worker is dead', async () => {
    const { on, other, back } = await besideWorker()
    on.world.killWorker()
    void other.client.signOut().catch(() => {})
    await on.world.settle()
    expect(await back()).toEqual({ status: 'signed-out', reason: 'signed_out_elsewhere' })
  })

  test('misses no other user who signed in where the vault is in a worker', async () => {
    const { on, other, back } = await besideWorker()
    on.provider.options.subject = 'user-2'
    await on.signIn(other)
    expect(await back()).toEqual({ status: 'signed-out', reason: 'user_changed' })
  })

  test('keeps its session where the same user signed in again there', async () => {
    const { on, other, back } = await besideWorker()
    await on.signIn(other)
    expect(await back()).toMatchObject({ status: 'signed-in', subject: 'user-1' })
  })
})

test('U20 shows a user whose session expired no more when another one signs in elsewhere', async () => {
  const on = await signedInApp({}, { expiresIn: 60 }, WITHOUT_WORKER)
  on.provider.next('token', () => refusal('invalid_grant'))
  await on.world.advance(61_000)
  await on.client.getAccessToken().catch(() => {})
  expect(on.client.getSession()).toMatchObject({ status: 'expired', subject: 'user-1' })
  const other = on.open({}, WITHOUT_WORKER)
  other.client.start()
  await on.world.advance(1000)
  on.provider.options.subject = 'user-2'
  await on.signIn(other, {}, WITHOUT_WORKER)
  await on.world.settle()
  expect(on.client.getSession()).toEqual({ status: 'signed-out', reason: 'user_changed' })
})
