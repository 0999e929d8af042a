import { describe, expect, test } from 'vitest'
import { failure, outcome } from '../../support/outcomes.ts'
import '../lazy.ts'
import { appDevice, signedInApp } from '../setup.ts'
import { expireSession, holdNetwork } from './setup.ts'

const ORDERS = 'https://app.example/orders?page=2'

describe('requireSession()', () => {
  test('W9 gives the session at once where a user is signed in', async () => {
    const { client } = await signedInApp()
    const session = await client.requireSession({ request: new Request(ORDERS) })
    expect(session).toBe(client.getSession())
    expect(session.user.sub).toBe('user-1')
  })

  test('W9 waits while the session is restored', async () => {
    const on = await signedInApp()
    const { client } = on.open({}, { url: ORDERS })
    const required = client.requireSession()
    expect(client.getSession().status).toBe('restoring')
    expect((await required).status).toBe('signed-in')
  })

  test('W9 waits for a sign-in on its way back', async () => {
    const on = await appDevice()
    const { tab, client } = on.open()
    await client.signIn()
    const back = on.back(tab, on.answer(tab))
    const required = back.client.requireSession()
    expect(back.client.getSession().status).toBe('signing-in')
    expect((await required).user.sub).toBe('user-1')
    expect(back.tab.assigned).toEqual([])
  })

  test('W9 leaves for the provider where nobody is signed in, and gives nothing', async () => {
    const on = await appDevice()
    const app = on.open()
    let settled = false
    app.client.requireSession({ request: new Request(ORDERS) }).then(
      () => (settled = true),
      () => (settled = true),
    )
    await on.world.settle()
    expect(app.tab.assigned).toHaveLength(1)
    expect(settled).toBe(false)
    const back = on.back(app.tab, on.answer(app.tab))
    await back.client.requireSession()
    await on.world.settle()
    expect(back.tab.href).toBe(ORDERS)
  })

  test('takes how to sign in', async () => {
    const on = await appDevice()
    const { client, tab } = on.open()
    void outcome(client.requireSession({ signIn: { loginHint: 'ann', acrValues: 'mfa' } }))
    await on.world.settle()
    const asked = new URL(tab.assigned[0]!).searchParams
    expect([asked.get('login_hint'), asked.get('acr_values')]).toEqual(['ann', 'mfa'])
  })

  test('U21 rejects where something holds the page back', async () => {
    const on = await appDevice()
    const { client, tab } = on.open()
    tab.heldBack = true
    const required = failure(client.requireSession())
    await on.world.advance(10_000)
    expect((await required).code).toBe('signed_out')
  })

  test('rejects where the user comes back from the provider by the back button, and leaves no second time', async () => {
    const on = await appDevice()
    const { client, tab } = on.open()
    const required = failure(client.requireSession())
    await on.world.settle()
    tab.enterBackForwardCache()
    tab.leaveBackForwardCache()
    await on.world.settle()
    expect((await required).code).toBe('signed_out')
    expect((await failure(client.requireSession())).code).toBe('signed_out')
    expect(tab.assigned).toHaveLength(1)
  })

  test('U19 begins no sign-in after a sign-out, here or in another tab', async () => {
    const on = await signedInApp()
    const other = on.open()
    await other.client.requireSession()
    await on.client.signOut({ provider: false })
    await on.world.settle()
    for (const { client, tab } of [on, other]) {
      const before = tab.assigned.length
      expect((await failure(client.requireSession())).code).toBe('signed_out')
      expect(tab.assigned).toHaveLength(before)
    }
  })

  test('U19 a sign-out while it goes to the provider ends it', async () => {
    const on = await appDevice()
    const { client, tab } = on.open()
    await client.whenSettled()
    const release = holdNetwork(on)
    const required = failure(client.requireSession())
    await on.world.settle()
    await client.signOut({ provider: false })
    release()
    await on.world.settle()
    expect((await required).code).toBe('signed_out')
    expect(tab.assigned).toEqual([])
  })

  test('U11 leaves at most twice a minute', async () => {
    const on = await appDevice()
    let app = on.open()
    for (let i = 0; i < 2; i++) {
      void outcome(app.client.requireSession())
      await on.world.settle()
      expect(app.tab.assigned).toHaveLength(1)
      app = on.back(app.tab, 'https://app.example/')
    }
    expect((await failure(app.client.requireSession())).code).toBe('redirect_loop')
    expect(app.tab.assigned).toEqual([])
  })

  test('U21 rejects with what went wrong, and the next call tries again', async () => {
    const on = await appDevice()
    on.world.online = false
    const { client, tab } = on.open()
    const required = failure(client.requireSession())
    await on.world.advance(30_000)
    expect((await required).code).toBe('network')
    expect(client.getSession().status).toBe('error')
    on.world.online = true
    // What went wrong may go wrong again: a person begins the next one.
    expect((await failure(client.requireSession())).code).toBe('network')
    await client.signIn()
    expect(tab.assigned).toHaveLength(1)
  })

  test('U21 rejects where no vault can be opened', async () => {
    const on = await appDevice()
    const { client } = on.open({ vault: 'worker' }, { worker: 'throws' })
    expect(await failure(client.requireSession())).toMatchObject({ code: 'vault_unavailable' })
  })

  test.each([
    { onSignedOut: 'throw' } as const,
    // Of a route that is loaded ahead nobody knows whether the user goes there.
    { preload: true },
  ])('with %j it leaves no page', async (options) => {
    const on = await appDevice()
    const { client, tab } = on.open()
    expect((await failure(client.requireSession(options))).code).toBe('signed_out')
    expect(tab.assigned).toEqual([])
  })

  test('U23 in an expired session it rejects, or keeps what is on the screen', async () => {
    const on = await signedInApp()
    await expireSession(on)
    const { client, tab } = on
    expect((await failure(client.requireSession())).code).toBe('session_expired')
    const kept = await client.requireSession({ onExpired: 'keep' })
    expect(kept).toMatchObject({ status: 'expired', subject: 'user-1' })
    expect(tab.assigned).toEqual([])
  })

  test.each([
    [{ onSignedOut: 'redirect' }, /onSignedOut/],
    [{ onExpired: 'wait' }, /onExpired/],
    [{ returnTo: 'https://evil.example/' }, /returnTo/],
  ])('refuses %j', async (options, name) => {
    const on = await appDevice()
    const { client, tab } = on.open()
    const required = client.requireSession(options as never)
    await expect(required).rejects.toThrow(TypeError)
    await expect(required).rejects.toThrow(name)
    expect(tab.assigned).toEqual([])
  })
})

describe('requireSession(), when the navigation is aborted', () => {
  test.each(['signal', 'request', 'abortController'] as const)('ends by its %s', async (name) => {
    const on = await appDevice()
    const { client, tab } = on.open()
    const abortController = new AbortController()
    const { signal } = abortController
    const request = new Request(ORDERS, { signal })
    const required = failure(
      client.requireSession({ [name]: { signal, request, abortController }[name] }),
    )
    abortController.abort()
    expect((await required).code).toBe('aborted')
    await on.world.settle()
    expect(tab.assigned).toEqual([])
  })

  test('does not leave once the provider was asked where to go, and the next guard may', async () => {
    const on = await appDevice()
    const { client, tab } = on.open()
    await client.whenSettled()
    const release = holdNetwork(on)
    const gone = new AbortController()
    const required = failure(client.requireSession({ signal: gone.signal }))
    await on.world.settle()
    expect(client.getSession().status).toBe('signing-in')
    gone.abort()
    expect((await required).code).toBe('aborted')
    release()
    await on.world.settle()
    expect(client.getSession()).toEqual({ status: 'signed-out', reason: 'no_session' })
    expect(client.diagnostics().errors).toEqual([])
    expect(tab.assigned).toEqual([])
    void outcome(client.requireSession())
    await on.world.settle()
    expect(tab.assigned).toHaveLength(1)
  })

  test('leaves where somebody else waits for the same sign-in', async () => {
    const on = await appDevice()
    const { client, tab } = on.open()
    await client.whenSettled()
    const release = holdNetwork(on)
    const gone = new AbortController()
    const required = failure(client.requireSession({ signal: gone.signal }))
    const clicked = client.signIn()
    await on.world.settle()
    gone.abort()
    expect((await required).code).toBe('aborted')
    release()
    await clicked
    expect(tab.assigned).toHaveLength(1)
  })
})
