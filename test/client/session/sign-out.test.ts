import { describe, expect, test } from 'vitest'
import { outcome } from '../../support/outcomes.ts'
import '../lazy.ts'
import { appDevice as device, signedInApp as signedIn } from '../setup.ts'

describe('sign-out', () => {
  test('U19 is final at once, although the worker does not answer', async () => {
    const { client, tab, world } = await signedIn()
    tab.muted = true
    const out = client.signOut()
    out.catch(() => {})
    await world.settle()
    expect(client.getSession()).toEqual({ status: 'signed-out', reason: 'signed_out' })
    expect(client.getTokenResponse()).toBeUndefined()
    await world.advance(50_000)
    await expect(out).rejects.toMatchObject({ code: 'vault_unavailable' })
    expect(client.getSession().status).toBe('signed-out')
  })

  test('U19 A-33 signs the other tab out too, and tells the provider once', async () => {
    const on = await signedIn()
    const other = on.open()
    other.client.start()
    await on.world.until(() => other.client.getSession().status === 'signed-in')
    await on.client.signOut()
    await on.world.settle()
    expect(other.client.getSession().status).toBe('signed-out')
    expect(on.tab.assigned.filter((url) => url.includes('/logout'))).toHaveLength(1)
    expect(other.tab.assigned).toEqual([])
  })

  test('U19 discards a refresh that is under way', async () => {
    const on = await signedIn({}, { rotate: true })
    let release = () => {}
    on.provider.next('token', async (act) => {
      const response = await act()
      await new Promise<void>((resolve) => (release = resolve))
      return response
    })
    await on.world.advance(2000)
    const token = on.client.getAccessToken({ forceRefresh: true })
    token.catch(() => {})
    await on.world.settle()
    await on.client.signOut()
    release()
    await expect(token).rejects.toMatchObject({ code: 'signed_out' })
    await on.world.settle()
    expect(on.client.getSession().status).toBe('signed-out')
    expect(on.client.getAccessTokenState().status).toBe('unavailable')
  })

  test('U19 discards a redirect back that is under way, without an error', async () => {
    const on = await device()
    const { tab, client } = on.open()
    await client.signIn()
    on.provider.next('token', async (act) => {
      const response = await act()
      await new Promise<void>((resolve) => on.world.timer(resolve, 5000))
      return response
    })
    const back = on.back(tab, on.answer(tab))
    back.client.start()
    await on.world.settle()
    expect(back.client.getSession().status).toBe('signing-in')
    await back.client.signOut({ provider: false })
    expect(back.client.getSession().status).toBe('signed-out')
    await on.world.advance(6000)
    expect(back.client.getSession()).toEqual({ status: 'signed-out', reason: 'signed_out' })
  })

  test('U19 A-34 stays a sign-out on the return from the provider, also with a foreign state and a new vault', async () => {
    const on = await signedIn()
    await on.client.signOut()
    on.world.hosts.clear()
    const back = on.back(on.tab, 'https://app.example/?state=foreign')
    expect(await back.client.whenSettled()).toEqual({ status: 'signed-out', reason: 'signed_out' })
    expect(back.tab.href).toBe('https://app.example/?state=foreign')
  })
})

test('U19 is final while a redirect back is being taken up', async () => {
  const on = await device()
  const app = on.open()
  await app.client.signIn()
  const { client } = on.back(app.tab, on.answer(app.tab))
  client.start()
  await client.signOut().catch(() => {})
  await on.world.advance(1000)
  expect(client.getSession().status).toBe('signed-out')
  expect(on.open().client.getSession().status).not.toBe('signed-in')
  const other = on.open().client
  await other.whenSettled()
  expect(other.getSession().status).toBe('signed-out')
})

test('U19 keeps the page from leaving for a sign-in that is on its way', async () => {
  const on = await device()
  let open!: () => void
  const opened = new Promise<void>((resolve) => (open = resolve))
  on.provider.next('discovery', (act) => opened.then(act))
  const { tab, client } = on.open()
  const leaving = outcome(client.signIn())
  await on.world.settle()
  expect(client.getSession().status).toBe('signing-in')
  await client.signOut()
  expect(client.getSession().status).toBe('signed-out')
  open()
  await on.world.settle()
  await leaving
  expect(tab.assigned).toEqual([])
})

test('U19 ends the session in every tab, or in none, when postLogoutRedirectUri is wrong', async () => {
  const on = await signedIn()
  const other = on.open()
  other.client.start()
  await on.world.settle()
  await on.client.signOut({ postLogoutRedirectUri: 'https://[' }).catch(() => {})
  await on.world.settle()
  // The call may be refused whole or end the session everywhere, but not one of the two tabs alone.
  expect(on.client.getSession().status).toBe(other.client.getSession().status)
})

test('gives the reason signed_out where no user was signed in, so that no guard signs in again', async () => {
  const on = await device()
  const { client } = on.open()
  await client.whenSettled()
  await client.signOut()
  expect(client.getSession()).toMatchObject({ status: 'signed-out', reason: 'signed_out' })
})

test('F16 signs out in every tab although the worker is dead: the page announces it itself', async () => {
  const on = await signedIn()
  const other = on.open()
  await other.client.whenSettled()
  on.world.killWorker()
  const out = outcome(on.client.signOut())
  await on.world.advance(6000)
  expect(await out).toMatchObject({ error: { code: 'vault_unavailable' } })
  expect(on.client.getSession().status).toBe('signed-out')
  expect(other.client.getSession()).toEqual({
    status: 'signed-out',
    reason: 'signed_out_elsewhere',
  })
  const token = outcome(other.client.getAccessToken())
  await on.world.advance(60_000)
  expect(await token).toMatchObject({ error: { code: 'signed_out' } })
})

test('P15 sends parameters of the provider’s own with the end-session request', async () => {
  const on = await signedIn()
  await on.client.signOut({ parameters: { logout_uri: 'https://app.example/bye' } })
  const { searchParams } = new URL(on.tab.assigned.at(-1)!)
  expect(searchParams.get('logout_uri')).toBe('https://app.example/bye')
  const again = await signedIn()
  await expect(again.client.signOut({ parameters: { state: 'mine' } })).rejects.toThrow(/state/)
})

test('A-34 conformance 45 conformance 46 is signed out whatever state comes back from the provider', async () => {
  const on = await signedIn()
  await on.client.signOut()
  const request = new URL(on.tab.assigned.at(-1)!)
  const state = request.searchParams.get('state')!
  expect(state).toMatch(/\S{16,}/)
  const home = on.back(on.tab, `https://app.example/?page=2&state=${state}`)
  expect(await home.client.whenSettled()).toMatchObject({ status: 'signed-out' })
  expect(home.tab.href).toBe('https://app.example/?page=2')
  for (const query of ['', '?state=another']) {
    const { client } = on.back(on.tab, `https://app.example/${query}`)
    expect(await client.whenSettled()).toMatchObject({ status: 'signed-out' })
  }
})

test('F16 shows no session again when the vault loses the sign-out, and another is opened in its place', async () => {
  const on = await signedIn()
  const statuses: string[] = []
  on.tab.toWorker.mode = 'lose'
  const signedOut = outcome(on.client.signOut({ provider: false }))
  on.client.subscribe(() => statuses.push(on.client.getSession().status))
  await on.world.advance(4000)
  on.tab.toWorker.release()
  await on.world.advance(10_000)
  expect(await signedOut).toMatchObject({ error: { code: 'vault_unavailable' } })
  expect(statuses).not.toContain('signed-in')
  expect(on.client.getTokenResponse()).toBeUndefined()
})
