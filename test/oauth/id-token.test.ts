import { expect, test } from 'vitest'
import { createJwksCache } from '../../src/oauth/jwks.ts'
import { discardedRefreshToken } from '../../src/oauth/refresh-grant.ts'
import { altered, behaviours, status } from '../../src/testing/provider/behaviours.ts'
import { json } from '../../src/testing/provider/responses.ts'
import type { TestProvider } from '../../src/testing/provider/test-provider.ts'
import { setUp, START, type SetupOptions } from './setup.ts'

const NOW = START / 1000
const DAY = 86_400_000

type Case = [name: string, claims: Record<string, unknown>, message: string | null]

test.each<Case>([
  ['T-22 sub of 255 characters', { sub: 'x'.repeat(255) }, null],
  ['T-22 sub of 256 characters', { sub: 'x'.repeat(256) }, 'ID token refused: sub.'],
  ['T-22 empty sub', { sub: '' }, 'ID token refused: sub.'],
  ['T-22 numeric sub', { sub: 7 }, 'sub'],
  ['T-22 sub of another type', { sub: ['user-1'] }, 'sub'],
  ['T-22 iat beyond numbers', { iat: null }, 'iat'],
  ['T-22 negative iat', { iat: -1 }, 'iat'],
  ['T-22 iss as a list', { iss: ['https://op.example'] }, 'iss'],
  ['T-22 exp null', { exp: null }, 'exp'],
  ['T-22 exp as a string', { exp: '9999999999' }, 'exp'],
  ['T-22 exp before iat', { exp: NOW - 1 }, 'exp or nbf'],
  ['T-22 exp at iat', { exp: NOW }, 'exp or nbf'],
  ['T-22 exp right after iat', { exp: NOW + 1 }, null],
  ['T-23 aud of ours alone, as a list', { aud: ['spa'] }, null],
  ['T-23 aud of ours twice, with azp', { aud: ['spa', 'spa'], azp: 'spa' }, null],
  ['T-23 two aud, azp ours', { aud: ['spa', 'other'], azp: 'spa' }, 'aud'],
  ['T-23 two aud, azp theirs', { aud: ['spa', 'other'], azp: 'other' }, 'azp'],
  ['T-23 single aud, azp ours', { azp: 'spa' }, null],
  ['T-23 single aud, azp theirs', { azp: 'other' }, 'azp'],
  ['T-23 single aud, empty azp', { azp: '' }, 'azp'],
  ['T-23 aud of ours twice, without azp', { aud: ['spa', 'spa'] }, 'azp'],
  ['T-23 aud in a list in a list', { aud: [['spa']] }, 'aud'],
  ['T-23 aud null', { aud: null }, 'aud'],
  ['T-23 azp null', { azp: null }, 'azp'],
  ['T-23 aud as an object', { aud: { spa: true } }, 'aud'],
  ['T-37 nbf 30 s ahead', { nbf: NOW + 30 }, null],
  ['T-37 nbf 31 s ahead', { nbf: NOW + 31 }, 'exp or nbf'],
  ['T-37 nbf as a string', { nbf: 'now' }, 'nbf'],
  ['T-37 nbf null', { nbf: null }, 'nbf'],
  ['T-24 auth_time 0', { auth_time: 0 }, null],
  ['T-24 auth_time negative', { auth_time: -1 }, 'auth_time'],
  ['T-24 auth_time as a string', { auth_time: '1768478400' }, 'auth_time'],
  ['T-24 auth_time null', { auth_time: null }, 'auth_time'],
  ['T-25 at_hash of another type', { at_hash: 7 }, 'at_hash'],
  ['T-25 at_hash null', { at_hash: null }, 'at_hash'],
  ['T-10 __proto__ among the claims', { ['__proto__x']: {} }, null],
])('%s', async (_, claims, message) => {
  const { provider, signIn, failure } = await setUp()
  provider.idToken.claims = claims
  if ('sub' in claims) provider.userInfo = { sub: claims['sub'] }
  if (message === null) return void (await signIn())
  const error = await failure(signIn())
  expect(error.code).toBe('id_token_invalid')
  expect(error.message).toContain(message)
})

test.each<[string, number, number | undefined, string | null]>([
  ['auth_time right', 60, NOW - 60, null],
  ['auth_time 30 s late', 60, NOW - 90, null],
  ['auth_time 31 s late', 60, NOW - 91, 'auth_time'],
  ['auth_time missing', 60, undefined, 'auth_time'],
  ['max_age 0, just signed in', 0, NOW, null],
])('T-24 max_age: %s', async (_, max_age, auth_time, message) => {
  const { provider, signIn, failure } = await setUp()
  provider.idToken.claims = { auth_time }
  if (message === null) return void (await signIn({ max_age }))
  expect((await failure(signIn({ max_age }))).message).toContain(message)
})

test.each<[string, SetupOptions, string]>([
  // Each from an implementation that is not this one: node's createHash, below.
  ['RS256', { alg: 'RS256' }, 'sha256'],
  ['PS384', { alg: 'PS384' }, 'sha384'],
  ['ES512', { alg: 'ES512' }, 'sha512'],
  ['Ed25519', { alg: 'Ed25519' }, 'sha512'],
])('T-25 at_hash with %s', async (_, options, hash) => {
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
  ['T-28 jku is not read', (p) => void (p.idToken.header = { jku: 'https://op.example/evil' }), ''],
  ['T-28 x5u is not read', (p) => void (p.idToken.header = { x5u: 'https://op.example/evil' }), ''],
  ['T-28 unknown crit', (p) => void (p.idToken.header = { crit: ['x'], x: 1 }), 'crit'],
  [
    'T-28 a crit that libraries know',
    (p) => void (p.idToken.header = { crit: ['b64'], b64: true }),
    'crit',
  ],
  ['T-20 alg in another case', (p) => void (p.idToken.header = { alg: 'rs256' }), 'alg'],
  ['T-20 alg None', (p) => void (p.idToken.header = { alg: 'None' }), 'alg'],
  ['T-20 alg as a list', (p) => void (p.idToken.header = { alg: ['RS256'] }), 'alg'],
  ['T-20 alg missing', (p) => void (p.idToken.header = { alg: undefined }), 'alg'],
  ['T-20 alg RS512, RS256 advertised', (p) => void (p.idToken.header = { alg: 'RS512' }), 'alg'],
  [
    'T-20 alg swapped to PS256, both advertised',
    (p) => {
      p.idToken.header = { alg: 'PS256' }
      p.metadata.id_token_signing_alg_values_supported = ['RS256', 'PS256']
    },
    'no key',
  ],
  [
    'T-20 nothing advertised that can be verified',
    (p) => {
      p.metadata.id_token_signing_alg_values_supported = ['HS256', 'none']
    },
    'alg',
  ],
  ['not a JWT', (p) => void (p.idToken.raw = 'opaque'), 'JWT'],
  ['two parts', (p) => void (p.idToken.raw = 'e30.e30'), 'JWT'],
  ['header not JSON', (p) => void (p.idToken.raw = 'secret-header.e30.x'), 'JWT'],
  [
    'payload not JSON',
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

test('T-28 a key in the header is not used', async () => {
  const { provider, signIn, failure } = await setUp()
  const stranger = await setUp({ alg: 'PS256' })
  provider.idToken.forge = true
  provider.idToken.header = { jwk: stranger.provider.keys[0]!.jwk }
  expect((await failure(signIn())).code).toBe('id_token_invalid')
})

const encoded = (json: string) => Buffer.from(json).toString('base64url')
const RS256 = encoded('{"alg":"RS256"}')

test.each([
  ['empty signature', (jwt: string) => jwt.replace(/[^.]+$/, '')],
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
])('RFC 7515 §7.1 %s: not a JWT, verified or not', async (_, change) => {
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

test('an RSA key of 1024 bits verifies nothing (RFC 7518 §3.3)', async () => {
  const { generateKeyPairSync, sign } = await import('node:crypto')
  const { provider, begin, finish, failure } = await setUp()
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 })
  provider.keys[0]!.jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'short', alg: 'RS256' }
  const { url, transaction } = await begin()
  const claims = { iss: provider.issuer, sub: 'user-1', aud: 'spa', iat: NOW, exp: NOW + 60 }
  const payload = encoded(JSON.stringify({ ...claims, nonce: transaction.nonce }))
  const input = `${encoded('{"alg":"RS256","kid":"short"}')}.${payload}`
  const signature = sign('sha256', Buffer.from(input), privateKey).toString('base64url')
  provider.idToken.raw = `${input}.${signature}`
  expect((await failure(finish(transaction, provider.authorize(url)))).message).toContain('no key')
})

test('T-26 several keys of one kid: each is tried', async () => {
  const { provider, signIn } = await setUp()
  const second = await provider.addKey()
  second.jwk.kid = second.kid = provider.keys[0]!.kid
  provider.signWith = second
  await signIn()
  expect(provider.requests('jwks')).toHaveLength(1)
})

test('T-26 a key without kid does not fit a token with one', async () => {
  const { provider, signIn, failure } = await setUp()
  delete provider.keys[0]!.jwk.kid
  expect((await failure(signIn())).message).toContain('no key')
})

test('T-26 a published private key is not used', async () => {
  const { exportJWK } = await import('jose')
  const { provider, signIn, failure } = await setUp()
  const [key] = provider.keys
  key!.jwk = { ...(await exportJWK(key!.privateKey)), kid: key!.kid, alg: key!.alg }
  provider.secrets.add(key!.jwk.d!)
  expect((await failure(signIn())).message).toContain('no key')
})

test.each([
  ['HS256', 'HS256'],
  ['encrypted', 'JWE'],
] as const)('T-20 %s: signature_unverifiable, and the way out', async (name, protect) => {
  const { provider, signIn, failure } = await setUp()
  provider.idToken.protect = protect
  const error = await failure(signIn())
  expect(error.code).toBe('signature_unverifiable')
  expect(error.message).toContain(name)
  expect(error.message).toContain("idToken: { verification: 'tls' }")
  expect(discardedRefreshToken(error)).toMatch(/^rt-/)
})

test('no jwks_uri: signature_unverifiable', async () => {
  const { provider, signIn, failure } = await setUp()
  delete provider.metadata.jwks_uri
  expect((await failure(signIn())).code).toBe('signature_unverifiable')
})

test.each(['HS256', 'JWS'] as const)(
  'verification tls: %s is believed without keys',
  async (protect) => {
    const { provider, signIn } = await setUp({ verification: 'tls' })
    provider.idToken.protect = protect
    provider.idToken.forge = true
    expect((await signIn()).claims.sub).toBe('user-1')
    expect(provider.requests('jwks')).toEqual([])
  },
)

test('verification tls: an alg that is a list is still refused', async () => {
  const { provider, signIn, failure } = await setUp({ verification: 'tls' })
  provider.idToken.header = { alg: ['HS256'] }
  expect((await failure(signIn())).message).toContain('alg')
})

test('verification tls: an encrypted ID token is kept unread, UserInfo says who it is', async () => {
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

test('verification tls: an encrypted ID token and no UserInfo', async () => {
  const { provider, signIn, failure } = await setUp({ verification: 'tls' })
  provider.idToken.protect = 'JWE'
  provider.next('userinfo', status(401))
  const error = await failure(signIn())
  expect(error).toMatchObject({ code: 'authorization_failed', status: 401 })
  expect(discardedRefreshToken(error)).toMatch(/^rt-/)
})

test.each<[string, Record<string, unknown>]>([
  ['nonce', { nonce: 'other' }],
  ['iss', { iss: 'https://other' }],
  ['aud', { aud: 'other' }],
])('verification tls: %s is still checked', async (_, claims) => {
  const { provider, signIn, failure } = await setUp({ verification: 'tls' })
  provider.idToken.claims = claims
  expect((await failure(signIn())).code).toBe('id_token_invalid')
})

test('verification tls: alg none is still refused', async () => {
  const { provider, signIn, failure } = await setUp({ verification: 'tls' })
  provider.idToken.protect = 'none'
  provider.metadata.id_token_signing_alg_values_supported = ['RS256', 'none']
  expect((await failure(signIn())).code).toBe('id_token_invalid')
})

test.each<[deviceAhead: number, words: string | null]>([
  [0, null],
  [29_000, null],
  [3_600_000, null],
  [-3_600_000, null],
  [DAY, null],
  [-DAY, null],
  [DAY + 1000, '1.0 days ahead'],
  [-DAY - 3_600_000, '1.0 days behind'],
  [-364 * DAY, '364.0 days behind'],
  [30 * 365 * DAY, '10950.0 days ahead'],
])('T-37 a device %i ms ahead of the provider: %s', async (deviceAhead, words) => {
  const { provider, signIn, failure } = await setUp({ deviceAhead })
  if (words === null) {
    expect((await signIn()).offset).toBe(0 - deviceAhead)
    return
  }
  const error = await failure(signIn())
  expect(error.code).toBe('clock_skew')
  expect(error.message).toContain(words)
  expect(provider.requests('userinfo')).toEqual([])
  expect(discardedRefreshToken(error)).toMatch(/^rt-/)
})

test.each([
  ['iat a day ahead and more', { iat: NOW + 86_401, exp: NOW + 90_000 }],
  ['iat of the year 2000', { iat: 946_684_800 }],
])('T-22 %s', async (_, claims) => {
  const { provider, signIn, failure } = await setUp()
  provider.idToken.claims = claims
  expect((await failure(signIn())).code).toBe('clock_skew')
})

test.each<[string, (provider: TestProvider) => void]>([
  ['use: enc', (p) => void (p.keys[0]!.jwk.use = 'enc')],
  ['key_ops without verify', (p) => void (p.keys[0]!.jwk.key_ops = ['encrypt'])],
  ['another alg', (p) => void (p.keys[0]!.jwk.alg = 'RS512')],
  ['another kty', (p) => void (p.keys[0]!.jwk.kty = 'EC')],
  ['another kid', (p) => void (p.keys[0]!.jwk.kid = 'other')],
  ['none at all', (p) => void (p.keys.length = 0)],
])('T-26 a key set with %s does not verify', async (_, script) => {
  const { provider, signIn, failure } = await setUp()
  provider.signWith = provider.keys[0]!
  provider.signWith = { ...provider.keys[0]!, jwk: { ...provider.keys[0]!.jwk } }
  script(provider)
  const error = await failure(signIn())
  expect(error.code).toBe('id_token_invalid')
  expect(error.message).toContain('no key')
})

test.each([
  ['not a set', () => json({ nothing: [] })],
  ['keys of no kind', () => json({ keys: [null, 7, 'x', [], {}, { kty: 'oct', k: 'x' }] })],
  ['HTML', behaviours.html],
  ['a redirect', behaviours.redirect],
  ['too much', behaviours.huge],
])('T-29 a JWKS endpoint that answers with %s', async (_, behaviour) => {
  const { provider, signIn, failure } = await setUp()
  provider.always('jwks', behaviour)
  expect((await failure(signIn())).code).toMatch(/^(provider_unavailable|id_token_invalid)$/)
  expect(provider.requests('userinfo')).toEqual([])
})

test('application/jwk-set+json is JSON', async () => {
  const { provider, signIn } = await setUp()
  provider.next(
    'jwks',
    altered((body) => body, { headers: { 'content-type': 'application/jwk-set+json' } }),
  )
  await signIn()
  expect(provider.requests('jwks')).toHaveLength(1)
})

test('the keys are fetched beside the token request, once', async () => {
  const { provider, signIn, clock } = await setUp()
  let answer = () => {}
  provider.next('token', (act) => new Promise((resolve) => (answer = () => resolve(act()))))
  const signingIn = signIn()
  await expect.poll(() => provider.requests('jwks')).toHaveLength(1)
  answer()
  await signingIn
  await signIn()
  clock.now += 599_000
  await signIn()
  expect(provider.requests('jwks')).toHaveLength(1)
  clock.now += 2_000
  await signIn()
  expect(provider.requests('jwks')).toHaveLength(2)
})

test('keys that were out of reach are asked for again when they are needed', async () => {
  const { provider, signIn } = await setUp()
  provider.next('jwks', behaviours.offline)
  provider.next('token', async (act) => {
    await new Promise((resolve) => setTimeout(resolve, 10))
    return act()
  })
  await signIn()
  expect(provider.requests('jwks')).toHaveLength(2)
})

test('keys out of reach: the sign-in fails for now, and its refresh token can be revoked', async () => {
  const { provider, signIn, failure } = await setUp()
  provider.always('jwks', behaviours.offline)
  const error = await failure(signIn())
  expect(error.code).toBe('network')
  expect(discardedRefreshToken(error)).toMatch(/^rt-/)
})

test('old keys serve while the provider is out of reach', async () => {
  const { provider, signIn, renew, clock } = await setUp()
  const { refreshToken, claims } = await signIn()
  clock.now += DAY
  provider.always('jwks', status(503))
  expect((await renew({ refreshToken: refreshToken!, previous: claims })).claims?.sub).toBe(
    'user-1',
  )
})

test('a failed signature check never looks for keys at the network by itself', async () => {
  const { provider, signIn, failure } = await setUp()
  provider.keys.length = 0
  provider.signWith = (await setUp()).provider.keys[0]!
  expect((await failure(signIn())).code).toBe('id_token_invalid')
  expect(provider.requests('jwks').every(({ init }) => init.credentials === 'omit')).toBe(true)
})

test('T-27 100 tokens with unknown kids, one after another: one more fetch in 30 s', async () => {
  const { provider, signIn, failure, clock } = await setUp()
  await signIn()
  for (let i = 0; i < 100; i++) {
    provider.idToken.header = { kid: `random-${i}` }
    expect((await failure(signIn())).code).toBe('id_token_invalid')
    clock.now += 299
  }
  expect(provider.requests('jwks')).toHaveLength(2)
  clock.now += 1000
  await failure(signIn())
  expect(provider.requests('jwks')).toHaveLength(3)
})

test('T-27 100 tokens with unknown kids at once: one more fetch, shared', async () => {
  const { provider, signIn, failure } = await setUp()
  await signIn()
  provider.idToken.header = { kid: 'random' }
  provider.always('jwks', async (act) => {
    await new Promise((resolve) => setTimeout(resolve, 200))
    return act()
  })
  const errors = await Promise.all(Array.from({ length: 100 }, () => failure(signIn())))
  expect(new Set(errors.map((error) => error.code))).toEqual(new Set(['id_token_invalid']))
  expect(provider.requests('jwks')).toHaveLength(2)
})

test('T-27 tokens of a new key, many at once: all are accepted after one fetch', async () => {
  const { provider, signIn } = await setUp()
  await signIn()
  await provider.rotateKeys()
  provider.always('jwks', async (act) => {
    await new Promise((resolve) => setTimeout(resolve, 200))
    return act()
  })
  await Promise.all(Array.from({ length: 10 }, () => signIn()))
  expect(provider.requests('jwks')).toHaveLength(2)
})

test('a device clock that jumps back does not keep keys for ever', async () => {
  const { provider, signIn, clock } = await setUp()
  await signIn()
  clock.now -= DAY
  await signIn()
  expect(provider.requests('jwks')).toHaveLength(2)
})

test('issuers never share keys, even at one address', async () => {
  const one = await setUp({ issuer: 'https://one.example' })
  const two = await setUp({ issuer: 'https://two.example' })
  const cache = createJwksCache()
  for (const { provider, begin, finish } of [one, two]) {
    provider.metadata.jwks_uri = 'https://keys.example/jwks'
    const { url, transaction } = await begin()
    await finish(transaction, provider.authorize(url), cache)
    expect(provider.requests('jwks')).toHaveLength(1)
  }
})
