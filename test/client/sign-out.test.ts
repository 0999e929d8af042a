import { expect, test } from 'vitest'
import './lazy.ts'
import { outcome } from '../support/outcomes.ts'
import { appDevice as device, signedInApp as signedIn } from './setup.ts'

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
