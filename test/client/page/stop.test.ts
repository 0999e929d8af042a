import { expect, test } from 'vitest'
import '../lazy.ts'
import { outcome } from '../../support/outcomes.ts'
import { appDevice, signedInApp } from '../setup.ts'

/** A second page of the same device, where a user is signed in. */
async function secondPage() {
  const on = await signedInApp()
  const { tab, client } = on.open()
  client.start()
  await client.whenSettled()
  return { on, tab, client }
}

test('lets go of page and vault a second after the last stop, and takes the session up again', async () => {
  const { on, tab, client } = await secondPage()
  expect(tab.listeners).toBe(1)
  client.stop()
  await on.world.advance(1001)
  expect(tab.listeners).toBe(0)
  expect(tab.openPorts).toBe(0)
  const token = client.getAccessToken()
  await on.world.settle()
  expect(await token).toMatch(/^at-/)
  expect(tab.listeners).toBe(1)
  expect(on.tokenRequests()).toBe(1)
})

test('costs nothing when a component is unmounted and mounted again at once, as in StrictMode', async () => {
  const { on, tab, client } = await secondPage()
  client.stop()
  client.start()
  await on.world.advance(5000)
  expect(tab.listeners).toBe(1)
  expect(tab.openPorts).toBe(1)
})

test('stays for another provider, a subscriber, and a reader of the token', async () => {
  const { on, tab, client } = await secondPage()
  client.start()
  client.stop()
  await on.world.advance(2000)
  expect(tab.listeners).toBe(1)
  const unsubscribe = client.subscribe(() => {})
  client.stop()
  await on.world.advance(2000)
  expect(tab.listeners).toBe(1)
  unsubscribe()
  const unwatch = client.subscribeAccessToken(() => {})
  client.stop()
  await on.world.advance(2000)
  expect(tab.listeners).toBe(1)
  unwatch()
  client.stop()
  await on.world.advance(2000)
  expect(tab.listeners).toBe(0)
})

test('hands out no token of a user who signed out while the client was stopped', async () => {
  const { on, client } = await secondPage()
  client.stop()
  await on.world.advance(1001)
  await on.client.signOut({ provider: false })
  await on.world.settle()
  expect(client.getAccessTokenState()).toEqual({ status: 'pending' })
  const token = outcome(client.getAccessToken())
  await on.world.settle()
  expect(await token).toMatchObject({ error: { code: 'signed_out' } })
  expect(client.getSession().status).toBe('signed-out')
})

test('F27 frees what 300 clients used when each is stopped', async () => {
  const on = await signedInApp()
  const apps = Array.from({ length: 300 }, () => on.open())
  for (const { client } of apps) {
    client.start()
    client.getSession()
  }
  await on.world.settle()
  for (const { client } of apps) client.stop()
  await on.world.advance(1001)
  const left = apps.map(({ tab }) => tab.listeners + tab.openPorts)
  expect(Math.max(...left)).toBe(0)
})

test('keeps the other users of a client awake when one of them calls stop()', async () => {
  const on = await appDevice({ expiresIn: 3600 })
  const app = await on.signIn(on.open())
  // A module without React watches the token.
  app.client.stop()
  app.client.subscribeAccessToken(() => {})
  // An <AuthProvider> is mounted and unmounted.
  app.client.start()
  app.client.stop()
  const before = on.tokenRequests()
  on.world.sleep(2 * 3_600_000)
  app.tab.emit('wake')
  await on.world.settle()
  expect(on.tokenRequests()).toBe(before + 1)
})

test('opens no vault any more for a client that was stopped while one was opened', async () => {
  const on = await appDevice()
  const { tab, client } = on.open({ vault: 'worker' }, { worker: 'silent' })
  let opened = 0
  const { startWorker } = tab.env
  tab.env.startWorker = (...given) => {
    opened++
    return startWorker(...given)
  }
  client.start()
  await on.world.advance(4000)
  expect(client.getSession().status).toBe('error')
  // It is in sight again, and stopped before the worker had its time.
  tab.emit('wake')
  expect(opened).toBe(2)
  client.stop()
  await on.world.advance(60_000)
  expect([opened, tab.listeners]).toEqual([2, 0])
})

test.each([{}, { vault: 'worker' }] as const)(
  'lets go of a worker that answers after the client was stopped (%o)',
  async (options) => {
    const on = await signedInApp()
    const { tab, client } = on.open(options)
    tab.muted = true
    client.start()
    await on.world.advance(4000)
    client.stop()
    await on.world.advance(1001)
    expect([tab.listeners, tab.openPorts]).toEqual([0, 1])
    tab.unmute()
    await on.world.settle()
    expect(tab.openPorts).toBe(0)
  },
)

test('lets go of a worker that does not answer for 45 seconds: the page does its work', async () => {
  const on = await appDevice()
  const { tab, client } = on.open()
  tab.muted = true
  client.start()
  await on.world.advance(44_000)
  expect([client.diagnostics().vault, tab.openPorts]).toEqual(['page', 1])
  await on.world.advance(2000)
  expect(tab.openPorts).toBe(0)
})

test('stays until a call that is under way has its answer', async () => {
  const { on, tab, client } = await secondPage()
  let answer!: () => void
  const answered = new Promise<void>((resolve) => (answer = resolve))
  on.provider.next('token', (act) => answered.then(act))
  await on.world.advance(2000)
  const token = outcome(client.getAccessToken({ forceRefresh: true }))
  await on.world.settle()
  client.stop()
  await on.world.advance(5000)
  answer()
  await on.world.settle()
  expect(await token).toMatchObject({ value: expect.stringMatching(/^at-/) })
  await on.world.advance(1001)
  expect([tab.listeners, tab.openPorts]).toEqual([0, 0])
})

test('lets go also where the vault had not spoken yet at the last stop', async () => {
  const on = await signedInApp()
  const { tab, client } = on.open()
  client.start()
  tab.muted = true
  await on.world.advance(100)
  client.stop()
  await on.world.advance(1500)
  expect(client.getSession().status).toBe('restoring')
  tab.unmute()
  await on.world.advance(1001)
  expect([tab.listeners, tab.openPorts]).toEqual([0, 0])
})
