import { describe, expect, test } from 'vitest'
import '../lazy.ts'
import { appDevice as device, signedInApp as signedIn } from '../setup.ts'

describe('the back-forward cache', () => {
  test('U20 W6 gives the page back concealed, and shows it when it has learned of the sign-out', async () => {
    const on = await signedIn()
    const other = on.open()
    other.client.start()
    await on.world.until(() => other.client.getSession().status === 'signed-in')
    on.tab.emit('cached')
    expect(on.tab.concealed).toBe(true)
    await other.client.signOut({ provider: false })
    await on.world.settle()
    on.tab.emit('restored')
    expect(on.tab.concealed).toBe(true)
    await on.world.advance(1)
    expect(on.client.getSession().status).toBe('signed-out')
    expect(on.tab.concealed).toBe(false)
  })

  test('signs out with the reason aborted when the user goes back from the provider without an answer', async () => {
    const on = await device()
    const { tab, client } = on.open()
    await client.signIn()
    tab.emit('cached')
    tab.emit('restored')
    await on.world.advance(1)
    expect(client.getSession()).toEqual({ status: 'signed-out', reason: 'aborted' })
  })

  test.each([0, 1])(
    'shows nobody as signed out because the page stood still while its vault was opened (turns: %i)',
    async (turns) => {
      const on = await signedIn()
      const page = on.open()
      const shown: string[] = []
      page.client.subscribe(() => shown.push(page.client.getSession().status))
      await on.world.turns(turns)
      page.tab.enterBackForwardCache()
      await on.world.advance(30_000)
      page.tab.leaveBackForwardCache()
      await on.world.advance(3000)
      expect(new Set(shown)).toEqual(new Set(['signed-in']))
      expect(page.client.diagnostics().vault).toBe('worker')
    },
  )

  test('U20 shows the page only when the vault answered what was asked last', async () => {
    const on = await signedIn()
    on.tab.muted = true
    on.tab.emit('cached')
    on.tab.emit('restored')
    await on.world.settle()
    on.tab.emit('cached')
    on.tab.toWorker.mode = 'hold'
    on.tab.emit('restored')
    on.tab.muted = false
    on.tab.unmute()
    await on.world.advance(1)
    expect(on.tab.concealed).toBe(true)
    on.tab.toWorker.mode = 'deliver'
    on.tab.toWorker.release()
    await on.world.advance(1)
    expect(on.tab.concealed).toBe(false)
  })

  test('shows the page as expired within seconds when the worker died meanwhile', async () => {
    const on = await signedIn()
    on.tab.emit('cached')
    on.tab.muted = true
    on.world.hosts.clear()
    on.tab.emit('restored')
    await on.world.advance(2001)
    on.tab.muted = false
    await on.world.advance(2001)
    expect(on.client.getSession().status).toBe('expired')
    expect(on.tab.concealed).toBe(false)
  })
})

test('U20 conceals a page in the back-forward cache, and shows it again, also after its only listener left', async () => {
  const on = await signedIn()
  const page = on.open()
  const stop = page.client.subscribe(() => {})
  await page.client.whenSettled()
  stop()
  page.tab.emit('cached')
  expect(page.tab.concealed).toBe(true)
  page.tab.emit('restored')
  await on.world.advance(5000)
  expect(page.tab.concealed).toBe(false)
})
