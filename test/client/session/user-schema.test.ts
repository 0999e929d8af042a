import { createAuthClient } from 'evertoken/core'
import { describe, expect, test } from 'vitest'
import { behaviours } from '../../../src/testing/provider/behaviours.ts'
import '../lazy.ts'
import { appDevice as device, signedInApp as signedIn } from '../setup.ts'

describe('userSchema', () => {
  const schemaOf = (validate: (value: unknown) => unknown) => ({
    '~standard': { version: 1 as const, vendor: 'test', validate: validate as never },
  })
  test.each<[string, (value: unknown) => unknown]>([
    ['refuses', () => ({ issues: [{ message: 'no email' }] })],
    ['refuses later', async () => ({ issues: [{ message: 'no email' }] })],
    [
      'throws',
      () => {
        throw new Error('no email')
      },
    ],
    ['rejects', () => Promise.reject(new Error('no email'))],
    ['never answers', () => new Promise(() => {})],
  ])('U14 U21 that %s is an error with the code user_invalid', async (name, validate) => {
    const on = await device()
    const userSchema = schemaOf(validate)
    const app = await on.signIn(on.open({ userSchema }), { userSchema })
    expect(app.client.getSession()).toMatchObject({
      status: 'error',
      error: { code: 'user_invalid' },
    })
    if (name !== 'never answers') {
      expect(app.client.getSession()).toMatchObject({
        error: { cause: { message: expect.stringContaining('no email') as string } },
      })
    }
    await expect(app.client.getAccessToken()).rejects.toMatchObject({ code: 'user_invalid' })
  })

  test('U14 keeps the user object as long as the claims are the same', async () => {
    const on = await signedIn({}, { expiresIn: 60 })
    const before = on.client.getSession()
    await on.world.advance(61_000)
    await on.client.getAccessToken()
    expect(on.client.getSession()).toBe(before)
  })
})

test('U21 waits seconds for UserInfo, where the token for it does not come', async () => {
  const userSchema = {
    '~standard': {
      version: 1 as const,
      vendor: 'test',
      validate: () => ({ issues: [{ message: 'no email' }] }),
    },
  }
  const on = await signedIn({}, { expiresIn: 60 })
  await on.world.advance(61_000)
  on.provider.always('token', behaviours.hang)
  const { client } = on.open({ userSchema })
  client.start()
  await on.world.advance(10_001)
  expect(client.getSession()).toMatchObject({ status: 'error', error: { code: 'user_invalid' } })
})

test('lets another user sign in after userSchema refused one', async () => {
  const userSchema = {
    '~standard': {
      version: 1 as const,
      vendor: 'test',
      validate: (claims: unknown) =>
        (claims as { sub: string }).sub === 'user-1'
          ? { issues: [{ message: 'not allowed here' }] }
          : { value: claims as { sub: string } },
    },
  }
  const on = await device()
  const refused = await on.signIn(on.open({ userSchema }), { userSchema })
  expect(refused.client.getSession()).toMatchObject({ status: 'error' })
  on.provider.options.subject = 'user-2'
  const next = await on.signIn(refused, { userSchema })
  expect(next.client.getSession()).toMatchObject({ status: 'signed-in', subject: 'user-2' })
})

test('U14 keeps the user object when a check of claims ends after a newer one', async () => {
  const validated: string[] = []
  let slow: (() => void) | undefined
  const userSchema = {
    '~standard': {
      version: 1 as const,
      vendor: 'test',
      validate: async (claims: unknown) => {
        const { name } = claims as { name: string }
        validated.push(name)
        if (name === 'slow') await new Promise<void>((resolve) => (slow = resolve))
        return { value: { name } }
      },
    },
  }
  const on = await device()
  on.provider.idToken.claims = { name: 'first' }
  const { client, tab } = await on.signIn(on.open({ userSchema }), { userSchema })
  for (const name of ['slow', 'last']) {
    on.provider.idToken.claims = { name }
    await on.world.advance(2000)
    await client.getAccessToken({ forceRefresh: true })
    await on.world.settle()
  }
  const session = client.getSession()
  expect(session).toMatchObject({ user: { name: 'last' } })
  slow!()
  await on.world.settle()
  // Out of the back-forward cache the vault tells the same claims again: they need no second check.
  const before = validated.length
  tab.emit('cached')
  tab.emit('restored')
  await on.world.advance(2000)
  expect(validated.slice(before)).toEqual([])
  expect(client.getSession()).toBe(session)
})

test('refuses, in its types, a user type without a userSchema that checks it (seen by tsc)', () => {
  const options = { issuer: 'https://id.example.com', clientId: 'spa' }
  // @ts-expect-error nothing checks that there is a role
  createAuthClient<{ role: 'admin' }>(options)
  const { getSession } = createAuthClient(options)
  expect(getSession).toBeTypeOf('function')
})
