import { expect, test } from 'vitest'
import { altered, status } from '../../src/testing/provider/behaviours.ts'
import type { TestProvider } from '../../src/testing/provider/test-provider.ts'
import { setUp, type SetupOptions } from './setup.ts'

test.each<[string, SetupOptions, string]>([
  // Each from an implementation that is not this one: node's createHash, below.
  ['RS256', { alg: 'RS256' }, 'sha256'],
  ['PS384', { alg: 'PS384' }, 'sha384'],
  ['ES512', { alg: 'ES512' }, 'sha512'],
  ['Ed25519', { alg: 'Ed25519' }, 'sha512'],
])('T-25 compares at_hash with %s, and refuses one of another token', async (_, options, hash) => {
  const { createHash } = await import('node:crypto')
  const { provider, signIn, failure } = await setUp(options)
  provider.tokenResponse = { access_token: 'the-access-token' }
  const digest = createHash(hash).update('the-access-token').digest()
  provider.idToken.claims = { at_hash: digest.subarray(0, digest.length / 2).toString('base64url') }
  await signIn()
  provider.idToken.claims = { at_hash: digest.toString('base64url') }
  expect((await failure(signIn())).message).toContain('at_hash')
})

test.each<[string, (provider: TestProvider) => void, string]>([
  [
    'T-28 does not read jku',
    (p) => void (p.idToken.header = { jku: 'https://op.example/evil' }),
    '',
  ],
  [
    'T-28 does not read x5u',
    (p) => void (p.idToken.header = { x5u: 'https://op.example/evil' }),
    '',
  ],
  ['T-28 refuses an unknown crit', (p) => void (p.idToken.header = { crit: ['x'], x: 1 }), 'crit'],
  [
    'T-28 refuses a crit that libraries know',
    (p) => void (p.idToken.header = { crit: ['b64'], b64: true }),
    'crit',
  ],
  ['T-20 refuses an alg in another case', (p) => void (p.idToken.header = { alg: 'rs256' }), 'alg'],
  ['T-20 refuses the alg None', (p) => void (p.idToken.header = { alg: 'None' }), 'alg'],
  [
    'T-20 refuses an alg that is a list',
    (p) => void (p.idToken.header = { alg: ['RS256'] }),
    'alg',
  ],
  ['T-20 refuses a header without alg', (p) => void (p.idToken.header = { alg: undefined }), 'alg'],
  [
    'T-20 refuses the alg RS512 where RS256 is advertised',
    (p) => void (p.idToken.header = { alg: 'RS512' }),
    'alg',
  ],
  [
    'T-20 refuses an alg swapped to PS256 where both are advertised',
    (p) => {
      p.idToken.header = { alg: 'PS256' }
      p.metadata.id_token_signing_alg_values_supported = ['RS256', 'PS256']
    },
    'no key',
  ],
  [
    'T-20 refuses a provider that advertises nothing that can be verified',
    (p) => {
      p.metadata.id_token_signing_alg_values_supported = ['HS256', 'none']
    },
    'alg',
  ],
  ['refuses what is not a JWT', (p) => void (p.idToken.raw = 'opaque'), 'JWT'],
  ['refuses a JWT of two parts', (p) => void (p.idToken.raw = 'e30.e30'), 'JWT'],
  ['refuses a header that is not JSON', (p) => void (p.idToken.raw = 'secret-header.e30.x'), 'JWT'],
  [
    'refuses a payload that is not JSON',
    (p) =>
      void (p.idToken.raw = `${Buffer.from('{"alg":"RS256"}').toString('base64url')}.secret-payload.x`),
    'JWT',
  ],
])('%s', async (_, script, message) => {
  const { provider, signIn, failure } = await setUp()
  script(provider)
  if (!message) {
    await signIn()
    expect(provider.log.map((request) => request.endpoint)).not.toContain('unknown')
    return
  }
  if (provider.idToken.raw) provider.secrets.add(provider.idToken.raw)
  const error = await failure(signIn())
  expect(error.code).toBe('id_token_invalid')
  expect(error.message).toContain(message)
})

const encoded = (json: string) => Buffer.from(json).toString('base64url')
const RS256 = encoded('{"alg":"RS256"}')

test.each([
  ['an empty signature', (jwt: string) => jwt.replace(/[^.]+$/, '')],
  ['no signature', (jwt: string) => jwt.replace(/\.[^.]+$/, '')],
  ['four parts', (jwt: string) => `${jwt}.x`],
  ['a dot more', (jwt: string) => `${jwt}.`],
  ['padding', (jwt: string) => `${jwt}=`],
  ['a blank', (jwt: string) => jwt.replace('.', ' .')],
  ['base64 of the other alphabet', (jwt: string) => jwt.replace('.', '+/.')],
  ['a header that is a list', (jwt: string) => jwt.replace(/^[^.]+/, encoded('[]'))],
  ['a header that is null', (jwt: string) => jwt.replace(/^[^.]+/, encoded('null'))],
  ['a payload that is a list', () => `${RS256}.${encoded('[]')}.x`],
  ['a payload that is null', () => `${RS256}.${encoded('null')}.x`],
  ['a payload that is a string', () => `${RS256}.${encoded('"x"')}.x`],
  [
    'a payload that is not UTF-8',
    () => `${RS256}.${Buffer.from('{"sub":"\xff"}', 'latin1').toString('base64url')}.x`,
  ],
])('RFC 7515 §7.1 refuses an ID token with %s as not a JWT, verified or not', async (_, change) => {
  for (const verification of ['signature', 'tls'] as const) {
    const { provider, signIn, failure } = await setUp({ verification })
    provider.next(
      'token',
      altered((body) => {
        const json = JSON.parse(body) as { id_token: string }
        return JSON.stringify({ ...json, id_token: change(json.id_token) })
      }),
    )
    const error = await failure(signIn())
    expect(error).toMatchObject({
      code: 'id_token_invalid',
      message: 'ID token refused: not a JWT.',
    })
  }
})

test.each([
  ['HS256', 'HS256'],
  ['encrypted', 'JWE'],
] as const)(
  'T-20 refuses %s as signature_unverifiable, and names the way out',
  async (name, protect) => {
    const { provider, signIn, refused } = await setUp()
    provider.idToken.protect = protect
    const { error, refreshToken } = await refused(signIn())
    expect(error.code).toBe('signature_unverifiable')
    expect(error.message).toContain(name)
    expect(error.message).toContain("idToken: { verification: 'tls' }")
    expect(refreshToken).toMatch(/^rt-/)
  },
)

test.each(['HS256', 'JWS'] as const)(
  'verification tls: believes %s without keys',
  async (protect) => {
    const { provider, signIn } = await setUp({ verification: 'tls' })
    provider.idToken.protect = protect
    provider.idToken.forge = true
    expect((await signIn()).claims.sub).toBe('user-1')
    expect(provider.requests('jwks')).toEqual([])
  },
)

test('verification tls: still refuses an alg that is a list', async () => {
  const { provider, signIn, failure } = await setUp({ verification: 'tls' })
  provider.idToken.header = { alg: ['HS256'] }
  expect((await failure(signIn())).message).toContain('alg')
})

test('verification tls: keeps an encrypted ID token unread, and asks UserInfo who it is', async () => {
  const { provider, begin, finish, renew } = await setUp({ verification: 'tls' })
  provider.idToken.protect = 'JWE'
  const { url, transaction } = await begin()
  const { claims, response, offset, refreshToken } = await finish(
    transaction,
    provider.authorize(url),
  )
  expect(claims).toMatchObject({
    sub: 'user-1',
    email: 'user@example.com',
    iss: provider.issuer,
    aud: 'spa',
  })
  expect(response.id_token?.split('.')).toHaveLength(5)
  expect(offset).toBe(0)
  const next = await renew({ refreshToken: refreshToken!, previous: claims })
  expect(next.claims).toBeUndefined()
})

test('verification tls: fails with an encrypted ID token and no UserInfo', async () => {
  const { provider, signIn, refused } = await setUp({ verification: 'tls' })
  provider.idToken.protect = 'JWE'
  provider.next('userinfo', status(401))
  const { error, refreshToken } = await refused(signIn())
  expect(error).toMatchObject({ code: 'authorization_failed', status: 401 })
  expect(refreshToken).toMatch(/^rt-/)
})

test('verification tls: still refuses alg none', async () => {
  const { provider, signIn, failure } = await setUp({ verification: 'tls' })
  provider.idToken.protect = 'none'
  provider.metadata.id_token_signing_alg_values_supported = ['RS256', 'none']
  expect((await failure(signIn())).code).toBe('id_token_invalid')
})
