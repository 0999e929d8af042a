import { describe, expect, test } from 'vitest'
import '../lazy.ts'
import { bffApps } from '../modes/bff-device.ts'
import { signedInApp } from '../setup.ts'

test('U21 a sign-in right after a sign-out behind a backend goes there', async () => {
  const apps = bffApps()
  const { client, tab } = await apps.signedIn()
  const change = (async () => {
    await client.signOut({ provider: false })
    await client.signIn({ prompt: 'login' })
  })()
  await apps.world.settle()
  await change
  expect(tab.assigned).toHaveLength(1)
  expect(client.getSession().status).toBe('signing-in')
})

test('U19 a sign-out in another tab still ends a sign-in that was begun before it', async () => {
  const on = await signedInApp({}, {}, { worker: 'throws' })
  const other = await on.signIn(on.open({}, { worker: 'throws' }), {}, { worker: 'throws' })
  await on.client.signIn({ prompt: 'login' })
  await other.client.signOut({ provider: false })
  await on.world.settle()
  expect(on.client.getSession()).toMatchObject({ reason: 'signed_out_elsewhere' })
})

describe.each([
  ['worker', {}],
  ['page', { worker: 'throws' }],
] as const)('U21 a sign-in right after a sign-out, with a vault in the %s', (_, tab) => {
  test('goes to the provider: the page’s own sign-out is no news to it', async () => {
    const on = await signedInApp({}, {}, tab)
    const { client } = on
    const change = (async () => {
      await client.signOut({ provider: false })
      await client.signIn({ prompt: 'login' })
    })()
    await on.world.settle()
    await change
    expect(on.tab.assigned).toHaveLength(1)
    expect(client.getSession().status).toBe('signing-in')
    await on.world.advance(1000)
    expect(client.getSession().status).toBe('signing-in')
  })
})

test.each(['here', 'in another tab'])(
  'U21 shows why a sign-in failed that was begun after a sign-out %s',
  async (where) => {
    const on = await signedInApp()
    const app = on.open()
    await app.client.whenSettled()
    await (where === 'here' ? app : on).client.signOut({ provider: false })
    await on.world.settle()
    expect(app.client.getSession().status).toBe('signed-out')
    await app.client.signIn({ prompt: 'none' })
    const back = on.back(app.tab, on.answer(app.tab, { error: 'login_required' }))
    back.client.start()
    await on.world.settle()
    expect(back.client.getSession()).toMatchObject({
      status: 'error',
      error: { code: 'login_required' },
    })
  },
)
