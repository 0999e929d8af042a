import { expect, test } from 'vitest'
import { fetchUserInfo } from '../../src/oauth/userinfo.ts'
import { behaviours } from '../../src/testing/provider/behaviours.ts'
import { json } from '../../src/testing/provider/responses.ts'
import { setUp } from './setup.ts'

async function signedIn() {
  const setup = await setUp()
  const { response } = await setup.signIn()
  const { party } = setup
  const ask = (subject = 'user-1') => fetchUserInfo(party, response.access_token, subject)
  return { ...setup, ask, accessToken: response.access_token }
}

test('A-24 sends the access token in the header, and nowhere else', async () => {
  const { provider, ask, accessToken } = await signedIn()
  expect(await ask()).toMatchObject({ sub: 'user-1', email: 'user@example.com' })
  const { url, method, init } = provider.requests('userinfo').at(-1)!
  expect(method).toBe('GET')
  expect(url).not.toContain(accessToken)
  expect(init).toMatchObject({ credentials: 'omit', redirect: 'manual', cache: 'no-store' })
})

test.each<[string, () => Response | Promise<Response>, string]>([
  ['another sub', () => json({ sub: 'user-2' }), 'user_mismatch'],
  ['our sub and more', () => json({ sub: 'user-11' }), 'user_mismatch'],
  ['no sub', () => json({}), 'invalid_response'],
  ['a numeric sub', () => json({ sub: 7 }), 'invalid_response'],
  ['an empty sub', () => json({ sub: '' }), 'invalid_response'],
  ['401', () => new Response('', { status: 401 }), 'authorization_failed'],
  ['503', () => new Response('', { status: 503 }), 'provider_unavailable'],
  [
    'a JWT',
    () => new Response('a.b.c', { headers: { 'content-type': 'application/jwt' } }),
    'unsupported_provider',
  ],
  ['HTML', behaviours.html, 'provider_unavailable'],
])('A-23 discards UserInfo that answers with %s', async (_, behaviour, code) => {
  const { provider, ask, failure } = await signedIn()
  provider.next('userinfo', behaviour)
  expect((await failure(ask())).code).toBe(code)
})

test('A-23 takes no subject for any subject', async () => {
  const { ask, failure } = await signedIn()
  expect((await failure(ask(''))).code).toBe('user_mismatch')
})

test('refuses to ask a provider without a userinfo_endpoint', async () => {
  const { provider, ask, failure } = await signedIn()
  delete provider.metadata.userinfo_endpoint
  expect((await failure(ask())).code).toBe('unsupported_provider')
})
