import { expect, test } from 'vitest'
import { fetchUserInfo } from '../../src/oauth/userinfo.ts'
import { altered, type Behaviour } from '../../src/testing/provider/behaviours.ts'
import type { TestProvider } from '../../src/testing/provider/test-provider.ts'
import { setUp, type SetupOptions } from './setup.ts'

// Rows of the OpenID conformance suite, relying-party side, and of the FAPI 2 client plan. As there, "reject" is
// silence: after the bad message UserInfo must not be asked.

type Script = (provider: TestProvider) => void | Promise<void>

test.each<[name: string, script: Script, options?: SetupOptions]>([
  ['conformance 1 client-test', () => {}],
  ['conformance 6 kid-absent-single-jwks', (p) => void (p.idToken.header = { kid: undefined })],
  [
    'conformance 7 kid-absent-multiple-jwks',
    async (p) => {
      await p.addKey()
      p.signWith = await p.addKey()
      p.idToken.header = { kid: undefined }
    },
  ],
  [
    'conformance 7 kid-absent-multiple-jwks, keys of other kinds among them',
    async (p) => {
      await p.addKey('ES256')
      p.signWith = await p.addKey('RS256')
      p.keys.forEach((key) => delete key.jwk.alg)
      p.idToken.header = { kid: undefined }
    },
  ],
  ['conformance 13 idtoken-sig-rs256', () => {}],
  ['idtoken-sig-ps256', () => {}, { alg: 'PS256' }],
  ['idtoken-sig-es256', () => {}, { alg: 'ES256' }],
  ['idtoken-sig-es384', () => {}, { alg: 'ES384' }],
  ['idtoken-sig-eddsa', () => {}, { alg: 'Ed25519' }],
  [
    'conformance 27 aggregated-claims',
    (p) => void (p.userInfo = { _claim_names: {}, _claim_sources: { s: { JWT: 'x' } } }),
  ],
  [
    'conformance 28 distributed-claims are not followed',
    (p) => void (p.userInfo = { _claim_sources: { s: { endpoint: 'https://evil' } } }),
  ],
  [
    'conformance 31 discovery-jwks-uri-keys',
    (p) => void (p.metadata.jwks_uri = 'https://op.example/keys/random'),
  ],
  ['fapi valid-aud-as-array', (p) => void (p.idToken.claims = { aud: ['spa'] })],
  [
    'no alg advertised, RS256 used',
    (p) => void delete p.metadata.id_token_signing_alg_values_supported,
  ],
])('%s: accepts the sign-in', async (_, script, options) => {
  const { provider, signIn } = await setUp(options)
  await script(provider)
  const { claims } = await signIn()
  expect(claims.sub).toBe('user-1')
  expect(provider.requests('userinfo')).toHaveLength(1)
  expect(provider.log.map((request) => request.endpoint)).not.toContain('unknown')
})

const claim =
  (claims: Record<string, unknown>): Script =>
  (p) =>
    void (p.idToken.claims = claims)
const tamper: Script = (p) =>
  p.next('token', (async (act, request) => {
    const change = (body: string) => {
      const json = JSON.parse(body) as { id_token: string }
      const [header, payload, signature] = json.id_token.split('.') as [string, string, string]
      const middle = signature.length >> 1
      const other = signature[middle] === 'A' ? 'B' : 'A'
      json.id_token = [
        header,
        payload,
        signature.slice(0, middle) + other + signature.slice(middle + 1),
      ].join('.')
      return JSON.stringify(json)
    }
    return altered(change)(act, request)
  }) satisfies Behaviour)

test.each<[name: string, script: Script, options?: SetupOptions, code?: string]>([
  [
    'conformance 3 nonce-invalid',
    (p) =>
      p.next(
        'token',
        withNonce((nonce) => `${nonce}1`),
      ),
  ],
  ['fapi invalid-nonce', claim({ nonce: 'other' })],
  ['fapi invalid-missing-nonce', claim({ nonce: undefined })],
  ['nonce of another type', claim({ nonce: 7 })],
  ['conformance 8 missing-iat', claim({ iat: undefined })],
  ['iat of another type', claim({ iat: '1768478400' })],
  ['conformance 9 fapi missing-aud', claim({ aud: undefined })],
  ['conformance 10 invalid-aud', claim({ aud: 'spa1' })],
  ['empty aud', claim({ aud: [] })],
  ['conformance 11 missing-sub', claim({ sub: undefined })],
  ['conformance 12 invalid-iss', claim({ iss: 'https://op.example1' })],
  ['iss with a slash more', claim({ iss: 'https://op.example/' })],
  ['fapi invalid-missing-iss', claim({ iss: undefined })],
  ['fapi invalid-missing-exp', claim({ exp: undefined })],
  ['fapi invalid-expired-exp', claim({ exp: Math.floor(Date.UTC(2026, 0, 15, 11, 54) / 1000) })],
  ['fapi invalid-secondary-aud without azp', claim({ aud: ['spa', 'stranger'] })],
  [
    'conformance 14 fapi invalid-null-alg idtoken-sig-none',
    (p) => void (p.idToken.protect = 'none'),
  ],
  [
    'idtoken-sig-none, advertised',
    (p) => {
      p.idToken.protect = 'none'
      p.metadata.id_token_signing_alg_values_supported = ['RS256', 'none']
    },
  ],
  [
    'conformance 15 T-21 invalid-sig-rs256: verified by default, also from the token endpoint',
    tamper,
  ],
  ['conformance 15 T-21 invalid-sig-rs256, another key', (p) => void (p.idToken.forge = true)],
  [
    'conformance 16 invalid-sig-hs256',
    (p) => {
      p.idToken.protect = 'HS256'
      p.metadata.id_token_signing_alg_values_supported = ['HS256']
    },
    {},
    'signature_unverifiable',
  ],
  ['conformance 17 T-21 invalid-sig-es256', tamper, { alg: 'ES256' }],
  ['conformance 18 invalid-athash', claim({ at_hash: 'NdmobePY8AEid6Omz3229w' })],
  ['fapi invalid-alternate-alg', async (p) => void (p.signWith = await p.addKey('ES256'))],
  ['no ID token', (p) => void (p.idToken.raw = null)],
])(
  '%s: rejects the sign-in, and gives its refresh token back to be revoked',
  async (_, script, options, code = 'id_token_invalid') => {
    const { provider, signIn, refused } = await setUp(options)
    await script(provider)
    const { error, refreshToken } = await refused(signIn())
    expect(error.code).toBe(code)
    expect(provider.requests('token')).toHaveLength(1)
    expect(provider.requests('userinfo')).toEqual([])
    expect(refreshToken).toMatch(/^rt-/)
  },
)

function withNonce(change: (nonce: string) => string): Behaviour {
  return altered((body) => {
    const json = JSON.parse(body) as { id_token: string }
    const [header, payload, signature] = json.id_token.split('.') as [string, string, string]
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { nonce: string }
    const changed = Buffer.from(JSON.stringify({ ...claims, nonce: change(claims.nonce) }))
    return JSON.stringify({
      ...json,
      id_token: `${header}.${changed.toString('base64url')}.${signature}`,
    })
  })
}

test('conformance 3 nonce-invalid: refuses another nonce that is rightly signed', async () => {
  const { provider, begin, finish, failure } = await setUp()
  const { url, transaction } = await begin()
  provider.idToken.claims = { nonce: `${transaction.nonce}1` }
  const error = await failure(finish(transaction, provider.authorize(url)))
  expect(error).toMatchObject({ code: 'id_token_invalid', message: 'ID token refused: nonce.' })
})

test('conformance 22 userinfo-invalid-sub: discards UserInfo about another user', async () => {
  const { provider, signIn, failure } = await setUp()
  provider.userInfo = { sub: 'user-1invalid' }
  expect((await failure(signIn())).code).toBe('user_mismatch')
})

test('conformance 23 userinfo-bearer-header: sends the access token in the header', async () => {
  const { provider, signIn } = await setUp()
  const { response } = await signIn()
  const [request] = provider.requests('userinfo')
  expect(request!.headers.get('authorization')).toBe(`Bearer ${response.access_token}`)
  expect(request!.url).toBe('https://op.example/userinfo')
  expect([...request!.parameters]).toEqual([])
})

test('conformance 25 userinfo-signed: refuses UserInfo that is no JWT with a typed error', async () => {
  const { provider, signIn, failure } = await setUp()
  provider.next(
    'userinfo',
    () => new Response('a.b.c', { headers: { 'content-type': 'application/jwt' } }),
  )
  expect((await failure(signIn())).code).toBe('unsupported_provider')
})

test('conformance 33 signing-key-rotation: finds the new key between two sign-ins', async () => {
  const { provider, signIn } = await setUp()
  await signIn()
  await provider.rotateKeys()
  await signIn()
  expect(provider.requests('jwks')).toHaveLength(2)
})

test('conformance 33 signing-key-rotation: finds the new key of a token without kid', async () => {
  const { provider, signIn } = await setUp()
  provider.idToken.header = { kid: undefined }
  await signIn()
  await provider.rotateKeys()
  await signIn()
  expect(provider.requests('jwks')).toHaveLength(2)
})

test('conformance 34 signing-key-rotation-just-before-signing: finds the new key after the keys were fetched', async () => {
  const { provider, signIn } = await setUp()
  provider.next('token', async (act) => {
    // The keys asked for beside the token request are out already.
    await expect.poll(() => provider.requests('jwks')).toHaveLength(1)
    await provider.rotateKeys()
    return act()
  })
  await signIn()
  expect(provider.requests('jwks')).toHaveLength(2)
})

test.each([true, false])(
  'conformance 40 refresh-token: refreshes twice, rotating: %s',
  async (rotate) => {
    const { provider, signIn, renew, party } = await setUp({ rotate })
    let grant = await signIn()
    for (const _ of [1, 2]) {
      const next = await renew({ refreshToken: grant.refreshToken!, previous: grant.claims })
      await fetchUserInfo(party, next.response.access_token, grant.claims.sub)
      expect(next.refreshToken === grant.refreshToken).toBe(!rotate)
      expect(next.response.access_token).not.toBe(grant.response.access_token)
      grant = { ...grant, ...next }
    }
    expect(provider.requests('userinfo')).toHaveLength(3)
  },
)

test.each([
  [
    'conformance 41 refresh-token-invalid-issuer: refuses another issuer',
    { iss: 'https://op.example1' },
    'id_token_invalid',
  ],
  [
    'conformance 42 refresh-token-invalid-sub: refuses another sub',
    { sub: 'user-1invalid' },
    'user_mismatch',
  ],
])('%s', async (_, claims, code) => {
  const { provider, signIn, renew, refused } = await setUp({ rotate: true })
  const grant = await signIn()
  provider.idToken.claims = claims
  const { error, refreshToken } = await refused(
    renew({ refreshToken: grant.refreshToken!, previous: grant.claims }),
  )
  expect(error.code).toBe(code)
  expect(provider.requests('userinfo')).toHaveLength(1)
  expect(refreshToken).toBe([...provider.refreshTokens.keys()].at(-1))
})
