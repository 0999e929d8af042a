import { describe, expect, test } from 'vitest'
import { refusal } from '../../../src/testing/provider/responses.ts'
import { outcome } from '../../support/outcomes.ts'
import '../lazy.ts'
import { appDevice, signedInApp, type App, type AppDevice } from '../setup.ts'

const popup = { mode: 'popup' } as const

/** The user clicks, and the popup is on its way to the provider. */
async function clicked(on: AppDevice, { client, tab }: App) {
  const signingIn = outcome(client.signIn(popup))
  await on.world.settle()
  return { signingIn, window: tab.popups.at(-1)! }
}

describe('signIn({ mode: "popup" })', () => {
  test('signs in while the page stays as it is, and closes the popup', async () => {
    const on = await appDevice()
    const app = on.open()
    const { signingIn, window } = await clicked(on, app)
    expect(app.client.getSession().status).toBe('signing-in')
    on.popupBack(app.tab)
    await on.world.settle()
    expect(await signingIn).toEqual({ value: undefined })
    expect(app.client.getSession()).toMatchObject({ status: 'signed-in', subject: 'user-1' })
    expect(await app.client.getAccessToken()).toMatch(/^at-/)
    expect(window.closed).toBe(true)
    // Nothing of the page moved.
    expect(app.tab.assigned).toEqual([])
    expect(app.tab.replaced).toEqual([])
    expect(app.tab.announcedUrls).toBe(0)
    expect(on.tokenRequests()).toBe(1)
  })

  test('signs in a second time, long after the first popup was done with', async () => {
    const on = await appDevice()
    const app = on.open()
    for (const answered of [1, 2, 3]) {
      const { signingIn, window } = await clicked(on, app)
      on.popupBack(app.tab)
      await on.world.settle()
      expect(await signingIn).toEqual({ value: undefined })
      expect(on.tokenRequests()).toBe(answered)
      expect(window.closed).toBe(true)
      await on.world.advance(10_000)
    }
  })

  test('P16 keeps what an expired session shows where the user presses Cancel in the popup', async () => {
    const on = await signedInApp({}, { expiresIn: 60 })
    on.provider.next('token', () => refusal('invalid_grant'))
    await on.world.advance(61_000)
    await outcome(on.client.getAccessToken({ forceRefresh: true }))
    expect(on.client.getSession()).toMatchObject({ status: 'expired', subject: 'user-1' })
    const { signingIn } = await clicked(on, on)
    on.popupBack(on.tab, { error: 'access_denied' })
    await on.world.settle()
    expect(await signingIn).toMatchObject({ error: { code: 'access_denied' } })
    expect(on.client.getSession()).toMatchObject({
      status: 'expired',
      subject: 'user-1',
      signInError: { code: 'access_denied' },
    })
    const steps = on.client.diagnostics().transitions.slice(-2)
    expect(steps.map(({ to }) => to)).toEqual(['signing-in', 'expired'])
    // What the vault says once more does not hide it, the next sign-in does.
    on.tab.emit('wake')
    await on.world.advance(1000)
    expect(on.client.getSession()).toMatchObject({ signInError: { code: 'access_denied' } })
    await clicked(on, on)
    expect(on.client.getSession()).not.toHaveProperty('signInError')
  })

  test('opens the window in the click itself, before anything is waited for', async () => {
    const on = await appDevice()
    const { client, tab } = on.open()
    client.start()
    void outcome(client.signIn(popup))
    expect(tab.popups).toHaveLength(1)
  })

  test('gives its answer through a channel where a policy parts the two windows', async () => {
    const on = await appDevice()
    const app = on.open()
    const { signingIn, window } = await clicked(on, app)
    window.part()
    // The user is in the popup: that it looks closed says nothing.
    app.tab.visible = false
    await on.world.advance(5000)
    const page = on.popupBack(app.tab)
    await on.world.settle()
    expect(await signingIn).toEqual({ value: undefined })
    expect(page.tab.closedItself).toBe(true)
    expect(on.tokenRequests()).toBe(1)
  })

  test('H2 gives its answer through its opener where the channels of the origin are parted, as in a frame', async () => {
    const on = await appDevice()
    const app = on.open({}, { channels: false })
    app.tab.framed = true
    const { signingIn } = await clicked(on, app)
    on.popupBack(app.tab)
    await on.world.settle()
    expect(await signingIn).toEqual({ value: undefined })
    expect(app.client.getSession().status).toBe('signed-in')
  })

  test('A-21 takes no message but the answer to its own state', async () => {
    const on = await appDevice()
    const app = on.open()
    const { window } = await clicked(on, app)
    const state = new URL(window.urls[0]!).searchParams.get('state')!
    for (const message of [null, 7, {}, { state: `${state}0`, parameters: '?code=x' }, { state }]) {
      window.tell(message)
    }
    await on.world.settle()
    expect(app.client.getSession().status).toBe('signing-in')
    expect(on.tokenRequests()).toBe(0)
  })

  test('says within a second that the popup was closed, and can be tried again', async () => {
    const on = await appDevice()
    const app = on.open()
    const { signingIn, window } = await clicked(on, app)
    window.close()
    await on.world.advance(1000)
    expect(await signingIn).toMatchObject({ error: { code: 'popup_closed', recoverable: false } })
    expect(app.client.getSession()).toMatchObject({
      status: 'error',
      error: { code: 'popup_closed' },
    })
    const again = await clicked(on, app)
    on.popupBack(app.tab)
    await on.world.settle()
    expect(await again.signingIn).toEqual({ value: undefined })
    expect(app.client.getSession().status).toBe('signed-in')
  })

  test('takes the answer of a popup that only looked closed, as the user came back to the page', async () => {
    const on = await appDevice()
    const app = on.open()
    const { signingIn, window } = await clicked(on, app)
    window.part()
    await on.world.advance(1000)
    expect(await signingIn).toMatchObject({ error: { code: 'popup_closed' } })
    on.popupBack(app.tab)
    await on.world.settle()
    expect(app.client.getSession().status).toBe('signed-in')
  })

  test('says that the popup was blocked, and asks nobody', async () => {
    const on = await appDevice()
    const { client, tab } = on.open()
    tab.blocksPopups = true
    await expect(client.signIn(popup)).rejects.toMatchObject({ code: 'popup_blocked' })
    expect(client.getSession()).toMatchObject({ status: 'error', error: { code: 'popup_blocked' } })
  })

  test('keeps the popup of the first of two clicks', async () => {
    const on = await appDevice()
    const app = on.open()
    const { signingIn, window } = await clicked(on, app)
    const second = outcome(app.client.signIn(popup))
    await on.world.settle()
    expect(app.tab.popups.map(({ closed }) => closed)).toEqual([false, true])
    expect(window.focused).toBe(1)
    on.popupBack({ popups: [window] })
    await on.world.settle()
    expect([await signingIn, await second]).toEqual([{ value: undefined }, { value: undefined }])
    expect(on.tokenRequests()).toBe(1)
  })

  test('shows the refusal of the provider, and closes the popup', async () => {
    const on = await appDevice()
    const app = on.open()
    const { signingIn, window } = await clicked(on, app)
    on.popupBack(app.tab, { error: 'access_denied', error_description: 'Cancel was pressed' })
    await on.world.settle()
    expect(await signingIn).toMatchObject({ error: { code: 'access_denied' } })
    expect(window.closed).toBe(true)
    expect(app.client.getSession()).toMatchObject({
      status: 'error',
      error: { code: 'access_denied', errorDescription: 'Cancel was pressed' },
    })
  })

  test('T-31 hands out no token from before a step-up, and readers keep theirs until the new one is here', async () => {
    const on = await signedInApp()
    const orders = { scope: 'openid orders' }
    const before = await on.client.getAccessToken(orders)
    const seen: string[] = []
    on.client.subscribeAccessToken(
      () => seen.push(on.client.getAccessTokenState(orders).status),
      orders,
    )
    const { signingIn } = await clicked(on, on)
    on.popupBack(on.tab)
    await on.world.settle()
    expect(await signingIn).toEqual({ value: undefined })
    expect(await on.client.getAccessToken(orders)).not.toBe(before)
    const requests = on.tokenRequests()
    await on.client.getAccessToken(orders)
    expect(on.tokenRequests()).toBe(requests)
    expect(seen.filter((status) => status !== 'ready')).toEqual([])
  })

  test('keeps the user of before where the popup is closed, and says so beside them', async () => {
    const on = await signedInApp()
    const { window } = await clicked(on, on)
    window.close()
    await on.world.advance(1000)
    expect(on.client.getSession()).toMatchObject({
      status: 'signed-in',
      subject: 'user-1',
      signInError: { code: 'popup_closed' },
    })
    expect(await on.client.getAccessToken()).toMatch(/^at-/)
  })

  test('is overtaken by a sign-out: the popup closes, and its answer signs nobody in', async () => {
    const on = await signedInApp()
    const { signingIn, window } = await clicked(on, on)
    await on.client.signOut({ provider: false })
    await on.world.settle()
    expect(await signingIn).toMatchObject({ error: { code: 'signed_out' } })
    expect(window.closed).toBe(true)
    on.popupBack(on.tab)
    await on.world.advance(4000)
    expect(on.client.getSession()).toMatchObject({ status: 'signed-out', reason: 'signed_out' })
  })

  test('ends after ten minutes without an answer', async () => {
    const on = await appDevice()
    const app = on.open()
    const { signingIn } = await clicked(on, app)
    await on.world.advance(600_001)
    expect(await signingIn).toMatchObject({ error: { code: 'timeout' } })
  })

  test('shows in the popup, where the page that began is gone, that the sign-in is nobody’s here', async () => {
    const on = await appDevice()
    const app = on.open()
    const { window } = await clicked(on, app)
    window.part()
    app.tab.close()
    const { client } = on.popupBack(app.tab)
    await on.world.advance(4000)
    expect(client.getSession()).toMatchObject({
      status: 'signed-out',
      reason: 'transaction_missing',
    })
    expect(on.tokenRequests()).toBe(0)
  })

  test('refuses any other mode with a TypeError that names it', async () => {
    const on = await appDevice()
    const { client } = on.open()
    await expect(client.signIn({ mode: 'iframe' as 'popup' })).rejects.toThrow(/`mode`/)
  })
})
