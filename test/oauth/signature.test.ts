import { expect, test } from 'vitest'
import type { TestProvider } from '../../src/testing/provider/test-provider.ts'
import { setUp, START } from './setup.ts'

const NOW = START / 1000

test('T-28 does not use a key in the header', async () => {
  const { provider, signIn, failure } = await setUp()
  const stranger = await setUp({ alg: 'PS256' })
  provider.idToken.forge = true
  provider.idToken.header = { jwk: stranger.provider.keys[0]!.jwk }
  expect((await failure(signIn())).code).toBe('id_token_invalid')
})

const encoded = (json: string) => Buffer.from(json).toString('base64url')

test('RFC 7518 §3.3 verifies nothing with an RSA key of 1024 bits', async () => {
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

test('T-26 tries each of several keys of one kid', async () => {
  const { provider, signIn } = await setUp()
  const second = await provider.addKey()
  second.jwk.kid = second.kid = provider.keys[0]!.kid
  provider.signWith = second
  await signIn()
  expect(provider.requests('jwks')).toHaveLength(1)
})

test('T-26 does not use a key without kid for a token with one', async () => {
  const { provider, signIn, failure } = await setUp()
  delete provider.keys[0]!.jwk.kid
  expect((await failure(signIn())).message).toContain('no key')
})

test('T-26 does not use a private key that was published', async () => {
  const { exportJWK } = await import('jose')
  const { provider, signIn, failure } = await setUp()
  const [key] = provider.keys
  key!.jwk = { ...(await exportJWK(key!.privateKey)), kid: key!.kid, alg: key!.alg }
  provider.secrets.add(key!.jwk.d!)
  expect((await failure(signIn())).message).toContain('no key')
})

test.each<[string, (provider: TestProvider) => void]>([
  ['use: enc', (p) => void (p.keys[0]!.jwk.use = 'enc')],
  ['key_ops without verify', (p) => void (p.keys[0]!.jwk.key_ops = ['encrypt'])],
  ['another alg', (p) => void (p.keys[0]!.jwk.alg = 'RS512')],
  ['another kty', (p) => void (p.keys[0]!.jwk.kty = 'EC')],
  ['another kid', (p) => void (p.keys[0]!.jwk.kid = 'other')],
  ['none at all', (p) => void (p.keys.length = 0)],
])('T-26 verifies nothing with a key set of %s', async (_, script) => {
  const { provider, signIn, failure } = await setUp()
  provider.signWith = provider.keys[0]!
  provider.signWith = { ...provider.keys[0]!, jwk: { ...provider.keys[0]!.jwk } }
  script(provider)
  const error = await failure(signIn())
  expect(error.code).toBe('id_token_invalid')
  expect(error.message).toContain('no key')
})

test('asks for keys without credentials when a signature fails', async () => {
  const { provider, signIn, failure } = await setUp()
  provider.keys.length = 0
  provider.signWith = (await setUp()).provider.keys[0]!
  expect((await failure(signIn())).code).toBe('id_token_invalid')
  expect(provider.requests('jwks').every(({ init }) => init.credentials === 'omit')).toBe(true)
})
