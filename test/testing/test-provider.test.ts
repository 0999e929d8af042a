import { decodeJwt } from 'jose'
import { expect, test } from 'vitest'
import { createTestProvider } from '../../src/testing/provider/test-provider.ts'

const REQUEST =
  'https://op.example/authorize?client_id=spa&scope=openid&state=s&nonce=n' +
  '&redirect_uri=https%3A%2F%2Fapp.example%2Fback%3Ftab%3D1'

test('the authorization endpoint answers by a redirect, beside the query that the redirect URI has', async () => {
  const provider = await createTestProvider()
  const response = await provider.fetch(REQUEST)
  expect(response.status).toBe(302)
  const { origin, pathname, searchParams } = new URL(response.headers.get('location')!)
  expect(origin + pathname).toBe('https://app.example/back')
  expect(Object.fromEntries(searchParams)).toMatchObject({
    tab: '1',
    state: 's',
    iss: 'https://op.example',
  })
  expect(provider.requests('authorization')).toHaveLength(1)
})

test('an ID token that is signed ahead is the one that its code is answered with', async () => {
  const provider = await createTestProvider({ subject: 'ada' })
  const challenge = '47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU'
  const code = new URLSearchParams(
    provider.authorize(`${REQUEST}&code_challenge=${challenge}`),
  ).get('code')!
  await provider.signAhead(code)
  provider.options.subject = 'bob'
  const response = await provider.fetch('https://op.example/token', {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: 'spa',
      code,
      redirect_uri: 'https://app.example/back?tab=1',
      code_verifier: '',
    }),
  })
  const { id_token: idToken } = (await response.json()) as { id_token: string }
  expect(decodeJwt(idToken)).toMatchObject({ sub: 'ada', nonce: 'n', aud: 'spa' })
})
