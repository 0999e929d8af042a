import { expect, test } from 'vitest'
import '../lazy.ts'
import { refusal } from '../../../src/testing/provider/responses.ts'
import { outcome } from '../../support/outcomes.ts'
import { signedInApp, type AppDevice } from '../setup.ts'

/** The user who is signed in goes to the provider once more, and comes back with this answer. */
async function comesBackWith(
  on: AppDevice & Awaited<ReturnType<typeof signedInApp>>,
  answer: object,
) {
  await on.client.signIn({ prompt: 'select_account' })
  const back = on.back(on.tab, on.answer(on.tab, answer as Record<string, string>))
  await back.client.whenSettled()
  return back
}

test.each([
  ['access_denied', 'access_denied', 'The user pressed Cancel'],
  ['a word of its own', 'authorization_failed', 'prompt not supported'],
])(
  'P16 shows beside the user of before why a change of user was refused: %s',
  async (error, code, error_description) => {
    const on = await signedInApp()
    const { client, tab } = await comesBackWith(on, { error, error_description })
    expect(client.getSession()).toMatchObject({
      status: 'signed-in',
      subject: 'user-1',
      signInError: { code, error, errorDescription: error_description },
    })
    expect(tab.warnings).toEqual([expect.stringContaining(error_description)])
    expect(await client.getAccessToken()).toMatch(/^at-/)
    // It is over as the next sign-in begins.
    await client.signIn()
    expect(client.getSession()).not.toHaveProperty('signInError')
    const again = on.back(tab, on.answer(tab))
    expect(await again.client.whenSettled()).not.toHaveProperty('signInError')
  },
)

test('P16 shows why a sign-in of a user who is signed in could not begin, in one transition more', async () => {
  const on = await signedInApp()
  const { user } = on.client.getSession() as { user: unknown }
  on.tab.framed = true
  const refused = outcome(on.client.signIn())
  await on.world.settle()
  const { error } = (await refused) as { error: unknown }
  expect(on.client.getSession()).toMatchObject({ status: 'signed-in', signInError: error })
  // U14: the user is the same object.
  expect((on.client.getSession() as { user: unknown }).user).toBe(user)
})

test('P16 keeps no failure of a sign-in in a session that ends', async () => {
  const on = await signedInApp({}, { expiresIn: 60 })
  const { client } = await comesBackWith(on, { error: 'access_denied' })
  expect(client.getSession()).toHaveProperty('signInError')
  on.provider.always('token', () => refusal('invalid_grant'))
  await on.world.advance(61_000)
  await outcome(client.getAccessToken({ forceRefresh: true }))
  expect(client.getSession()).toMatchObject({ status: 'expired', subject: 'user-1' })
  expect(client.getSession()).not.toHaveProperty('signInError')
})

test('U20 believes no answer about a user of before that came while the page stood still', async () => {
  const on = await signedInApp()
  const other = on.open()
  await other.client.whenSettled()
  await on.client.signIn({ prompt: 'select_account' })
  const back = on.back(on.tab, on.answer(on.tab, { error: 'access_denied' }))
  back.client.start()
  const seen: unknown[] = []
  back.client.subscribe(() => seen.push(back.client.getSession().status))
  // What the vault says then, that the user of before is signed in, lies in the queue of a page that stands still.
  back.client.observe(({ type }) => {
    if (type === 'error') back.tab.muted = true
  })
  await on.world.settle()
  expect(back.client.diagnostics().errors).toHaveLength(1)
  back.tab.freeze()
  await other.client.signOut({ provider: false })
  await on.world.settle()
  back.tab.thaw()
  await on.world.advance(1000)
  expect(seen).not.toContain('signed-in')
  expect(back.client.getSession().status).toBe('signed-out')
})
