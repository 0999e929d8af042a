import { expect, test } from 'vitest'
import { createJwksCache } from '../../src/oauth/jwks.ts'
import { altered, behaviours, status } from '../../src/testing/provider/behaviours.ts'
import { json } from '../../src/testing/provider/responses.ts'
import { setUp } from './setup.ts'

const DAY = 86_400_000

test('refuses a provider without jwks_uri as signature_unverifiable', async () => {
  const { provider, signIn, failure } = await setUp()
  delete provider.metadata.jwks_uri
  expect((await failure(signIn())).code).toBe('signature_unverifiable')
})

test.each([
  ['not a set', () => json({ nothing: [] })],
  ['keys of no kind', () => json({ keys: [null, 7, 'x', [], {}, { kty: 'oct', k: 'x' }] })],
  ['HTML', behaviours.html],
  ['a redirect', behaviours.redirect],
  ['too much', behaviours.huge],
])('T-29 fails when the JWKS endpoint answers with %s', async (_, behaviour) => {
  const { provider, signIn, failure } = await setUp()
  provider.always('jwks', behaviour)
  expect((await failure(signIn())).code).toMatch(/^(provider_unavailable|id_token_invalid)$/)
  expect(provider.requests('userinfo')).toEqual([])
})

test('reads application/jwk-set+json as JSON', async () => {
  const { provider, signIn } = await setUp()
  provider.next(
    'jwks',
    altered((body) => body, { headers: { 'content-type': 'application/jwk-set+json' } }),
  )
  await signIn()
  expect(provider.requests('jwks')).toHaveLength(1)
})

test('fetches the keys beside the token request, once in ten minutes', async () => {
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

test('asks again for keys that were out of reach when they are needed', async () => {
  const { provider, signIn } = await setUp()
  provider.next('jwks', behaviours.offline)
  provider.next('token', async (act) => {
    // The keys are asked for beside it.
    await expect.poll(() => provider.requests('jwks')).toHaveLength(1)
    return act()
  })
  await signIn()
  expect(provider.requests('jwks')).toHaveLength(2)
})

test('fails a sign-in for now while the keys are out of reach, and gives its refresh token back to be revoked', async () => {
  const { provider, signIn, refused } = await setUp()
  provider.always('jwks', behaviours.offline)
  const { error, refreshToken } = await refused(signIn())
  expect(error.code).toBe('network')
  expect(refreshToken).toMatch(/^rt-/)
})

test('T-27 asks a provider that is away twice in five seconds, for 100 tokens one after another', async () => {
  const { provider, signIn, failure, clock } = await setUp()
  await signIn()
  provider.always('jwks', status(503))
  const failed = async () => (await failure(signIn())).code
  provider.idToken.header = { kid: 'random' }
  for (let i = 0; i < 100; i++) {
    expect(await failed()).toBe('provider_unavailable')
    clock.now += 49
  }
  expect(provider.requests('jwks')).toHaveLength(3)
  clock.now += 5_000
  provider.always('jwks', undefined)
  provider.idToken.header = {}
  await provider.rotateKeys()
  await signIn()
  expect(provider.requests('jwks')).toHaveLength(4)
})

test('T-27 asks a provider that is away twice in five seconds where it never had keys, too', async () => {
  const { provider, signIn, failure, clock } = await setUp()
  provider.always('jwks', behaviours.offline)
  for (let i = 0; i < 20; i++) expect((await failure(signIn())).code).toBe('network')
  expect(provider.requests('jwks')).toHaveLength(2)
  provider.always('jwks', undefined)
  clock.now += 5_000
  await signIn()
})

test('T-27 uses old keys without asking a provider that is away at every token', async () => {
  const { provider, signIn, clock } = await setUp()
  await signIn()
  clock.now += DAY
  provider.always('jwks', status(503))
  for (let i = 0; i < 20; i++) await signIn()
  expect(provider.requests('jwks')).toHaveLength(3)
})

test('uses old keys while the provider is out of reach', async () => {
  const { provider, signIn, renew, clock } = await setUp()
  const { refreshToken, claims } = await signIn()
  clock.now += DAY
  provider.always('jwks', status(503))
  expect((await renew({ refreshToken: refreshToken!, previous: claims })).claims?.sub).toBe(
    'user-1',
  )
})

test('T-27 fetches once more in 30 s for 100 tokens with unknown kids, one after another', async () => {
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

test('T-27 fetches once more for 100 tokens with unknown kids at once', async () => {
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

test('T-27 accepts many tokens of a new key at once after one fetch', async () => {
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

test('does not keep keys for ever when the device clock jumps back', async () => {
  const { provider, signIn, clock } = await setUp()
  await signIn()
  clock.now -= DAY
  await signIn()
  expect(provider.requests('jwks')).toHaveLength(2)
})

test('shares no keys between issuers, even at one address', async () => {
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

test('F33b asks for no keys beside a refresh without an ID token, however old they are', async () => {
  const { provider, signIn, renew, clock } = await setUp({ refreshIdToken: false })
  const { refreshToken, claims } = await signIn()
  clock.now += DAY
  await renew({ refreshToken: refreshToken!, previous: claims })
  expect(provider.requests('jwks')).toHaveLength(1)
})

test('F33b asks for keys at a refresh whose signature the known ones do not verify', async () => {
  const { provider, signIn, renew } = await setUp()
  const { refreshToken, claims } = await signIn()
  await renew({ refreshToken: refreshToken!, previous: claims })
  expect(provider.requests('jwks')).toHaveLength(1)
  await provider.rotateKeys()
  await renew({ refreshToken: refreshToken!, previous: claims })
  expect(provider.requests('jwks')).toHaveLength(2)
})

test('P5 takes a kid that is null for absent', async () => {
  const { provider, signIn } = await setUp()
  provider.keys[0]!.jwk = { ...provider.keys[0]!.jwk, kid: null as never, use: null as never }
  provider.idToken.header = { kid: null }
  expect((await signIn()).claims.sub).toBe('user-1')
})
