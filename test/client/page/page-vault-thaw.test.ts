import { expect, test } from 'vitest'
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
