import { CompactEncrypt, CompactSign } from 'jose'
import { describe, expect, test } from 'vitest'
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

describe('P10 UserInfo as a JWT', () => {
  const encode = (claims: unknown) => new TextEncoder().encode(JSON.stringify(claims))
  const asJwt = (body: string) =>
    new Response(body, { headers: { 'content-type': 'application/jwt; charset=utf-8' } })

  async function signed(claims: Record<string, unknown>, header: Record<string, unknown> = {}) {
    const setup = await signedIn()
    const { alg, kid, privateKey } = setup.provider.keys[0]!
    const right = { iss: setup.provider.issuer, aud: 'spa', sub: 'user-1', email: 'u@op.example' }
    const jwt = await new CompactSign(encode({ ...right, ...claims }))
      .setProtectedHeader({ alg, kid, ...header })
      .sign(privateKey)
    return { ...setup, jwt }
  }

  test('P10 verifies it and uses what it says of the user', async () => {
    const { provider, ask, jwt } = await signed({ name: null })
    provider.next('userinfo', () => asJwt(jwt))
    expect(await ask()).toEqual({ sub: 'user-1', email: 'u@op.example' })
  })

  test.each<[string, Record<string, unknown>, string]>([
    ['another iss', { iss: 'https://evil.example' }, 'invalid_response'],
    ['no iss', { iss: undefined }, 'invalid_response'],
    ['another aud', { aud: 'other' }, 'invalid_response'],
    ['no aud', { aud: undefined }, 'invalid_response'],
    ['another sub', { sub: 'user-2' }, 'user_mismatch'],
    ['no sub', { sub: undefined }, 'invalid_response'],
  ])('P10 discards one with %s', async (_, claims, code) => {
    const { provider, ask, jwt, failure } = await signed(claims)
    provider.next('userinfo', () => asJwt(jwt))
    expect((await failure(ask())).code).toBe(code)
  })

  test('P10 takes aud as a list with ours', async () => {
    const { provider, ask, jwt } = await signed({ aud: ['other', 'spa'] })
    provider.next('userinfo', () => asJwt(jwt))
    expect(await ask()).toMatchObject({ sub: 'user-1' })
  })

  test('P10 discards one that no key of the provider signed', async () => {
    const { provider, ask, jwt, failure } = await signed({})
    provider.next('userinfo', () =>
      asJwt(jwt.replace(/\.[^.]+\./, '.' + btoa('{}').replaceAll('=', '') + '.')),
    )
    expect((await failure(ask())).code).toBe('invalid_response')
    const forged = await signed({}, { kid: 'another' })
    provider.next('userinfo', () => asJwt(forged.jwt))
    expect((await failure(ask())).message).toContain('no key of the provider verifies')
  })

  test('P10 names the way out of one that cannot be verified', async () => {
    const { provider, ask, failure } = await signedIn()
    const claims = { iss: provider.issuer, aud: 'spa', sub: 'user-1' }
    const secret = new Uint8Array(32)
    const hs256 = await new CompactSign(encode(claims))
      .setProtectedHeader({ alg: 'HS256' })
      .sign(secret)
    const jwe = await new CompactEncrypt(encode(claims))
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
      .encrypt(secret)
    const none = `${btoa('{"alg":"none"}')}.${btoa(JSON.stringify(claims)).replaceAll('=', '')}.`
    for (const jwt of [hs256, jwe, none, 'a.b.c']) {
      provider.next('userinfo', () => asJwt(jwt))
      const { code, message } = await failure(ask())
      expect(code).toBe('unsupported_provider')
      expect(message).toContain('RS256')
    }
  })
})
