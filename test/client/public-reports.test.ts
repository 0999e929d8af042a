// What people reported of others in public, tried on the whole client: what an application is told.
import { expect, test } from 'vitest'
import { behaviours, status, type Behaviour } from '../../src/testing/provider/behaviours.ts'
import { refusal } from '../../src/testing/provider/responses.ts'
import { outcome } from '../support/outcomes.ts'
import { appDevice, signedInApp } from './setup.ts'

test('P4 an auth_time that is 900 s later at a refresh is noted, and the session lives', async () => {
  const on = await signedInApp()
  const { user } = on.client.getSession() as unknown as { user: { auth_time: number } }
  on.provider.idToken.claims = { auth_time: user.auth_time + 900 }
  const token = outcome(on.client.getAccessToken({ forceRefresh: true }))
  await on.world.advance(2000)
  expect(await token).toHaveProperty('value')
  expect(on.client.getSession().status).toBe('signed-in')
  const { errors } = on.client.diagnostics()
  expect(errors.map(({ message }) => message).join()).toContain('auth_time')
  expect(on.provider.revoked).toEqual([])
})

test('P11 a user who cancels is told so, although the answer has no iss', async () => {
  const on = await appDevice()
  const { tab, client } = on.open()
  await client.signIn()
  const url = on.answer(tab, {
    error: 'access_denied',
    error_description: 'The user said no.',
    code: undefined as never,
    iss: undefined as never,
  })
  const back = on.back(tab, url)
  expect(await back.client.whenSettled()).toMatchObject({
    status: 'error',
    error: { code: 'access_denied', errorDescription: 'The user said no.' },
  })
})

test('P16 diagnostics, the expired session and the call say what the provider said', async () => {
  const on = await signedInApp()
  on.provider.next('token', () => refusal('invalid_grant', 400, 'Token is not active'))
  const words = { error: 'invalid_grant', errorDescription: 'Token is not active' }
  const call = outcome(on.client.getAccessToken({ forceRefresh: true }))
  await on.world.advance(2000)
  expect(await call).toMatchObject({ error: { code: 'session_expired', ...words } })
  expect(on.client.getSession()).toMatchObject({
    status: 'expired',
    reason: 'invalid_grant',
    error: words,
  })
  expect(on.client.diagnostics().errors.at(-1)).toMatchObject(words)
})

test.each<[string, Behaviour, string]>([
  ['503', status(503), 'provider_unavailable'],
  ['429', status(429), 'provider_unavailable'],
  ['no network', behaviours.offline, 'network'],
])('P17 diagnostics say of %s at a refresh what it was', async (_, behaviour, code) => {
  const on = await signedInApp({}, { expiresIn: 60 })
  on.provider.always('token', behaviour)
  const call = outcome(on.client.getAccessToken({ forceRefresh: true }))
  await on.world.advance(20_000)
  await call
  const codes = new Set(on.client.diagnostics().errors.map((error) => error.code))
  expect(codes).toEqual(new Set([code]))
})
