import { jwtVerify } from 'jose'
import {
  ClientSecretBasic,
  ClientSecretPost,
  generateKeyPair,
  PrivateKeyJwt,
  type ClientAuth,
} from 'oauth4webapi'
import { describe, expect, test } from 'vitest'
import { Dpop } from '../../src/oauth/dpop.ts'
import { fetchUserInfo } from '../../src/oauth/userinfo.ts'
import { revokeToken } from '../../src/oauth/revocation.ts'
import { json, refusal } from '../../src/testing/provider/responses.ts'
import { expectNoSecrets, setUp, type SetupOptions } from './setup.ts'

const TOKENS = { access_token: 'at-1', token_type: 'Bearer', expires_in: 60 }
const SECRET = 'a-client-secret:with-a-colon'

async function confidential(auth: ClientAuth, options?: SetupOptions) {
  const setup = await setUp(options)
  setup.party.auth = auth
  setup.provider.secrets.add(SECRET)
  return setup
}

describe('a confidential client', () => {
  test('client_secret_basic sends its secret in the header, to the token and revocation endpoints alone', async () => {
    const { provider, party, renew } = await confidential(ClientSecretBasic(SECRET))
    // The scripted provider knows public clients only: these answers are given by hand.
    provider.next('token', () => json(TOKENS))
    provider.next('userinfo', () => json({ sub: 'user-1' }))
    provider.next('revocation', () => json({}))
    const { response } = await renew({ refreshToken: 'rt-1' })
    await fetchUserInfo(party, response.access_token, 'user-1')
    await revokeToken(party, 'rt-1')
    for (const endpoint of ['token', 'revocation'] as const) {
      const { headers, parameters } = provider.requests(endpoint)[0]!
      const credentials = Buffer.from(headers.get('authorization')!.slice(6), 'base64').toString()
      expect(decodeURIComponent(credentials)).toBe(`spa:${SECRET}`)
      expect(parameters.has('client_id')).toBe(false)
      expect([...parameters.values()]).not.toContain(SECRET)
    }
    const [userInfo] = provider.requests('userinfo')
    expect(userInfo!.headers.get('authorization')).toMatch(/^Bearer /)
  })

  test('client_secret_post sends its secret in the body', async () => {
    const { provider, signIn } = await confidential(ClientSecretPost(SECRET))
    await signIn()
    const { headers, parameters } = provider.requests('token')[0]!
    expect(parameters.get('client_secret')).toBe(SECRET)
    expect(parameters.get('client_id')).toBe('spa')
    expect(headers.has('authorization')).toBe(false)
  })

  test('private_key_jwt sends an assertion that its public key verifies', async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256')
    const { provider, signIn } = await confidential(PrivateKeyJwt(privateKey))
    await signIn()
    const assertion = provider.requests('token')[0]!.parameters.get('client_assertion')!
    const { payload } = await jwtVerify(assertion, publicKey, { audience: provider.issuer })
    expect(payload).toMatchObject({ iss: 'spa', sub: 'spa' })
  })

  test.each([
    ['client_secret_basic', ClientSecretBasic],
    ['client_secret_post', ClientSecretPost],
  ])('A-40 %s: no error quotes the secret, and none advises a public client', async (_, method) => {
    const { provider, signIn, failure } = await confidential(method(SECRET))
    provider.next('token', (_act, { headers, parameters }) => {
      const quoted = [headers.get('authorization')?.split(' ')[1], parameters.get('client_secret')]
      for (const text of quoted) if (text) provider.secrets.add(text)
      return refusal('invalid_client', 401, quoted.join(' '))
    })
    const error = await failure(signIn())
    expect(error).toMatchObject({ code: 'authorization_failed', error: 'invalid_client' })
    expect(error.message).toMatch(/^https:\/\/op\.example\/token refused: invalid_client: [* ]+\.$/)
    expectNoSecrets(error, provider.secrets)
  })
})

test('a public client that is refused as invalid_client is told to register as one', async () => {
  const { provider, signIn, failure } = await setUp()
  provider.next('token', () => refusal('invalid_client', 401))
  expect((await failure(signIn())).message).toContain('register a public (SPA) client')
})

describe('DPoP (RFC 9449)', () => {
  async function bound() {
    const setup = await setUp()
    setup.party.dpop = new Dpop(await generateKeyPair('ES256'))
    return setup
  }

  test('A-27 a token request carries a proof, and so does what the token is used for', async () => {
    const { provider, party, renew } = await bound()
    provider.next('token', () => json({ ...TOKENS, token_type: 'DPoP' }))
    provider.next('userinfo', () => json({ sub: 'user-1' }))
    const { response } = await renew({ refreshToken: 'rt-1' })
    await fetchUserInfo(party, response.access_token, 'user-1')
    expect(response.token_type).toBe('DPoP')
    expect(provider.requests('token')[0]!.headers.get('dpop')).toMatch(/^eyJ/)
    const [userInfo] = provider.requests('userinfo')
    expect(userInfo!.headers.get('authorization')).toBe('DPoP at-1')
    expect(userInfo!.headers.get('dpop')).toMatch(/^eyJ/)
  })

  test('A-29 a Bearer token where a bound one was asked for is refused', async () => {
    const { signIn, failure } = await bound()
    expect((await failure(signIn())).code).toBe('invalid_response')
  })

  test('A-28 §8: a nonce that the provider asks for is sent with a second request, once', async () => {
    const { provider, renew, failure } = await bound()
    const wantsNonce = () => {
      const response = refusal('use_dpop_nonce', 400)
      response.headers.set('dpop-nonce', 'the-nonce')
      return response
    }
    provider.next('token', wantsNonce)
    provider.next('token', () => json({ ...TOKENS, token_type: 'DPoP' }))
    await renew({ refreshToken: 'rt-1' })
    const [first, second] = provider.requests('token')
    expect(nonceOf(first!.headers)).toBeUndefined()
    expect(nonceOf(second!.headers)).toBe('the-nonce')
    provider.always('token', wantsNonce)
    expect(await failure(renew({ refreshToken: 'rt-1' }))).toMatchObject({
      error: 'use_dpop_nonce',
    })
    expect(provider.requests('token')).toHaveLength(4)
  })

  test('A-28 a nonce that UserInfo asks for in its challenge is sent with a second request, once', async () => {
    const { provider, party } = await bound()
    const wantsNonce = () =>
      new Response(null, {
        status: 401,
        headers: { 'www-authenticate': 'DPoP error="use_dpop_nonce"', 'dpop-nonce': 'another' },
      })
    provider.next('userinfo', wantsNonce)
    provider.next('userinfo', () => json({ sub: 'user-1' }))
    await fetchUserInfo(party, 'at-1', 'user-1')
    const [first, second] = provider.requests('userinfo')
    expect([nonceOf(first!.headers), nonceOf(second!.headers)]).toEqual([undefined, 'another'])
    provider.always('userinfo', wantsNonce)
    await expect(fetchUserInfo(party, 'at-1', 'user-1')).rejects.toMatchObject({
      code: 'authorization_failed',
    })
    expect(provider.requests('userinfo')).toHaveLength(4)
  })

  test('A-28 an answer that brings a nonce and asks for none is final: no refresh token is sent twice', async () => {
    const { provider, renew, failure } = await bound()
    provider.next('token', () => {
      const response = refusal('invalid_grant', 400)
      response.headers.set('dpop-nonce', 'the-next')
      return response
    })
    expect(await failure(renew({ refreshToken: 'rt-1' }))).toMatchObject({ error: 'invalid_grant' })
    expect(provider.requests('token')).toHaveLength(1)
    provider.next('token', () => json({ ...TOKENS, token_type: 'DPoP' }))
    await renew({ refreshToken: 'rt-2' })
    expect(nonceOf(provider.requests('token')[1]!.headers)).toBe('the-next')
  })

  function nonceOf(headers: Headers): unknown {
    const [, payload] = headers.get('dpop')!.split('.')
    const claims = JSON.parse(Buffer.from(payload!, 'base64url').toString()) as { nonce?: string }
    return claims.nonce
  }
})
