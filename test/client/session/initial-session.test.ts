import { expect, test } from 'vitest'
import '../lazy.ts'
import { outcome } from '../../support/outcomes.ts'
import { signedInApp } from '../setup.ts'

const shown = (subject: string) => ({
  status: 'signed-in' as const,
  user: { sub: subject },
  subject,
})

test('F10 gives a page that a server rendered for one user no token of another', async () => {
  const on = await signedInApp({}, { subject: 'user-2' })
  const { client } = on.open()
  client.hydrate(shown('user-1'))
  const token = outcome(client.getAccessToken())
  const info = outcome(client.getUserInfo())
  await on.world.advance(1000)
  expect(await token).toMatchObject({ error: { code: 'user_mismatch' } })
  expect(await info).toMatchObject({ error: { code: 'user_mismatch' } })
})

test('F10 gives it the token of the user whom it shows', async () => {
  const on = await signedInApp({}, { subject: 'user-1' })
  const { client } = on.open()
  client.hydrate(shown('user-1'))
  expect(await client.getAccessToken()).toMatch(/^at-/)
})
