import { expect, test } from 'vitest'
import { revokeToken } from '../../src/oauth/revocation.ts'
import { behaviours } from '../../src/testing/provider/behaviours.ts'
import { json, refusal } from '../../src/testing/provider/responses.ts'
import { setUp } from './setup.ts'

test('T-32 sends the token, its kind and the client, and outlives the page', async () => {
  const { provider, party } = await setUp()
  expect(await revokeToken(party, 'rt-1')).toBe(true)
  const { parameters, init, method } = provider.requests('revocation')[0]!
  expect(method).toBe('POST')
  expect(Object.fromEntries(parameters)).toEqual({
    token: 'rt-1',
    token_type_hint: 'refresh_token',
    client_id: 'spa',
  })
  expect(init.keepalive).toBe(true)
})

test.each<[string, () => Response | Promise<Response>, boolean | string]>([
  ['200 and nothing', () => new Response(''), true],
  ['200 and JSON', () => json({}), true],
  ['200 and HTML', behaviours.html, true],
  ['204', () => new Response(null, { status: 204 }), true],
  ['unsupported_token_type', () => refusal('unsupported_token_type'), false],
  ['404', () => new Response('', { status: 404 }), false],
  [
    '503',
    () => new Response('', { status: 503, headers: { 'retry-after': '3' } }),
    'provider_unavailable',
  ],
  ['a redirect', behaviours.redirect, 'provider_unavailable'],
  ['nothing', behaviours.offline, 'network'],
])('T-32 judges an answer of %s', async (_, behaviour, outcome) => {
  const { provider, party, failure } = await setUp()
  provider.next('revocation', behaviour)
  const revoking = revokeToken(party, provider.plantRefreshToken())
  if (typeof outcome === 'boolean') expect(await revoking).toBe(outcome)
  else expect((await failure(revoking)).code).toBe(outcome)
})

test('T-32 gives up on an endpoint that hangs, and asks none where there is none', async () => {
  const { provider, party, failure, deadlines } = await setUp()
  provider.next('revocation', behaviours.deaf)
  const hanging = failure(revokeToken(party, 'rt-1'))
  deadlines.forEach(({ expire }) => expire())
  expect((await hanging).code).toBe('timeout')
  delete provider.metadata.revocation_endpoint
  expect(await revokeToken(party, 'rt-1')).toBe(false)
  expect(provider.requests('revocation')).toHaveLength(1)
})

test('T-32 cannot refresh with a token that was revoked', async () => {
  const { provider, party, renew, failure } = await setUp()
  const refreshToken = provider.plantRefreshToken()
  await revokeToken(party, refreshToken)
  expect(await failure(renew({ refreshToken }))).toMatchObject({ error: 'invalid_grant' })
})
