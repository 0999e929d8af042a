import { expect, test } from 'vitest'
import '../lazy.ts'
import { status } from '../../../src/testing/provider/behaviours.ts'
import { outcome } from '../../support/outcomes.ts'
import { signedInApp } from '../setup.ts'

interface Person {
  sub: string
  email: string
}

/** As zod and its like refuse a missing member. */
const userSchema = {
  '~standard': {
    version: 1 as const,
    vendor: 'test',
    validate(value: unknown) {
      const { sub, email } = value as Partial<Person>
      return sub !== undefined && email !== undefined
        ? { value: { sub, email } }
        : { issues: [{ message: 'Required', path: ['email'] }] }
    },
  },
}

test('asks UserInfo where the schema refuses the ID token’s claims, and makes the user of both', async () => {
  const on = await signedInApp<Person>({}, {})
  on.provider.userInfo = { email: 'ada@op.example' }
  const { client } = on.open<Person>({ userSchema })
  const session = await client.whenSettled()
  expect(session).toMatchObject({ status: 'signed-in', user: { email: 'ada@op.example' } })
  expect(on.provider.requests('userinfo')).toHaveLength(1)
})

test('names the claims that are missing, and never their values', async () => {
  const on = await signedInApp<Person>()
  on.provider.userInfo = { email: undefined }
  const { client } = on.open<Person>({ userSchema })
  const session = await client.whenSettled()
  const error = session.status === 'error' ? session.error : undefined
  expect(error?.code).toBe('user_invalid')
  expect(error?.message).toContain('(email)')
})

test('says what the schema refused where UserInfo cannot be had', async () => {
  const on = await signedInApp<Person>()
  on.provider.always('userinfo', status(503))
  const { client } = on.open<Person>({ userSchema })
  expect(await client.whenSettled()).toMatchObject({ error: { code: 'user_invalid' } })
})

test('takes UserInfo at sign-in when the option asks for it: one request, in the vault', async () => {
  const on = await signedInApp()
  on.provider.userInfo = { email: 'ada@op.example' }
  await on.client.signOut({ provider: false })
  const options = { userInfo: true }
  const back = await on.signIn(on.open(options), options)
  expect(back.client.getSession()).toMatchObject({ user: { email: 'ada@op.example' } })
  expect(on.provider.requests('userinfo')).toHaveLength(1)
})

test('U20 never answers getUserInfo with the claims of another user than the page shows', async () => {
  const on = await signedInApp()
  const other = on.open()
  other.client.start()
  await on.world.settle()
  // Messages of the worker do not reach this page yet.
  on.tab.muted = true
  on.provider.options.subject = 'user-2'
  const back = await on.signIn(other)
  expect(back.client.getSession()).toMatchObject({ subject: 'user-2' })
  expect(on.client.getSession()).toMatchObject({ subject: 'user-1' })
  const info = outcome(on.client.getUserInfo())
  const token = outcome(on.client.getAccessToken({ forceRefresh: true }))
  await on.world.advance(2000)
  on.tab.unmute()
  await on.world.advance(2000)
  expect(await token).toMatchObject({ error: { code: 'user_mismatch' } })
  expect(await info).not.toMatchObject({ value: { sub: 'user-2' } })
})
