import { describe, expect, test } from 'vitest'
import '../lazy.ts'
import { refusal } from '../../../src/testing/provider/responses.ts'
import { outcome } from '../../support/outcomes.ts'
import { appDevice, signedInApp, type App, type AppDevice } from '../setup.ts'

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

describe.each([
  ['freeze', 'thaw'],
  ['enterBackForwardCache', 'leaveBackForwardCache'],
] as const)('P16 a sign-in that fails while its page stands still (%s)', (stop, go) => {
  /** The page is back from the provider, and stands still as the token request fails. */
  async function failsMeanwhile(on: AppDevice, { tab, client }: App, also = async () => {}) {
    await client.signIn({ prompt: 'login' })
    const back = on.back(tab, on.answer(tab))
    let answer!: () => void
    const answered = new Promise<void>((resolve) => (answer = resolve))
    on.provider.next('token', async () => {
      await answered
      return refusal('invalid_grant')
    })
    back.client.start()
    await on.world.settle()
    expect(back.client.getSession().status).toBe('signing-in')
    back.tab[stop]()
    await also()
    answer()
    await on.world.settle()
    back.tab[go]()
    await on.world.advance(1000)
    return back
  }

  test('says why beside the user of before', async () => {
    const on = await signedInApp()
    const { client } = await failsMeanwhile(on, on)
    expect(client.getSession()).toMatchObject({
      status: 'signed-in',
      subject: 'user-1',
      signInError: { error: 'invalid_grant' },
    })
  })

  test('says why where nobody is signed in, also when the page stands still once more', async () => {
    const on = await appDevice()
    const { client, tab } = await failsMeanwhile(on, on.open())
    const failed = { status: 'error', error: { error: 'invalid_grant' } }
    expect(client.getSession()).toMatchObject(failed)
    tab[stop]()
    tab[go]()
    await on.world.advance(1000)
    expect(client.getSession()).toMatchObject(failed)
    await client.signIn()
    expect(client.getSession().status).toBe('signing-in')
  })

  test('is nothing where the user signed out meanwhile', async () => {
    const on = await signedInApp()
    const other = on.open()
    await other.client.whenSettled()
    const { client } = await failsMeanwhile(on, on, () => other.client.signOut({ provider: false }))
    expect(client.getSession()).toMatchObject({ status: 'signed-out' })
  })
})
