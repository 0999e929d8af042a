import { expect, test } from 'vitest'
import { AuthError } from '../../src/errors.ts'
import { checkMetadata, discover } from '../../src/oauth/metadata.ts'
import { altered, behaviours, status } from '../../src/testing/provider/behaviours.ts'
import { json } from '../../src/testing/provider/responses.ts'
import { setUp } from './setup.ts'

const issuer = 'https://op.example'
const GOOD = {
  issuer,
  authorization_endpoint: `${issuer}/authorize`,
  token_endpoint: `${issuer}/token`,
}

function codeOf(run: () => unknown): unknown {
  try {
    run()
  } catch (error) {
    return error instanceof AuthError ? error.code : error
  }
  return 'accepted'
}

test('conformance 30 discovery-openid-config: fetches metadata from the well-known place, and uses it', async () => {
  const { context, provider } = await setUp()
  const metadata = await discover(context, provider.issuer)
  expect(provider.log[0]!.url).toBe('https://op.example/.well-known/openid-configuration')
  expect(metadata.token_endpoint).toBe('https://op.example/token')
})

test.each([
  ['https://op.example/tenant', 'https://op.example/tenant/.well-known/openid-configuration'],
  ['https://op.example/tenant/', 'https://op.example/tenant/.well-known/openid-configuration'],
])('finds the well-known place of %s', async (issuer, url) => {
  const { context, provider } = await setUp({ issuer })
  expect((await discover(context, issuer)).issuer).toBe(issuer)
  expect(provider.log[0]!.url).toBe(url)
})

test.each([
  ['https://op.example/', 'a trailing slash'],
  ['https://OP.example', 'another case'],
  ['https://op.example1', 'conformance 32 discovery-issuer-mismatch'],
  ['https://op.example:443', 'the default port'],
  [undefined, 'none'],
] as [string | undefined, string][])(
  'A-13 refuses metadata of issuer %s (%s)',
  async (wrong: string | undefined) => {
    const { context, provider, failure } = await setUp()
    provider.metadata.issuer = wrong as string
    const error = await failure(discover(context, 'https://op.example'))
    expect(error.code).toBe('issuer_mismatch')
    expect(provider.log).toHaveLength(1)
  },
)

test.each([
  ['http://op.example/token', 'insecure_endpoint'],
  ['ftp://op.example/token', 'insecure_endpoint'],
  ['ftp://localhost/token', 'insecure_endpoint'],
  ['http://localhost.evil.example/token', 'insecure_endpoint'],
  ['http://localhost@evil.example/token', 'insecure_endpoint'],
  ['http://127.0.0.1.evil.example/token', 'insecure_endpoint'],
  ['http://128.0.0.1/token', 'insecure_endpoint'],
  ['http://10.0.0.1/token', 'insecure_endpoint'],
  ['http://[::2]/token', 'insecure_endpoint'],
  ['javascript:alert(1)', 'insecure_endpoint'],
  ['http://localhost:8080/token', 'accepted'],
  ['http://127.0.0.1:8080/token', 'accepted'],
  ['http://127.1.2.3/token', 'accepted'],
  ['http://[::1]:8080/token', 'accepted'],
  ['/token', 'invalid_response'],
  ['', 'invalid_response'],
  [undefined, 'invalid_response'],
  [null, 'invalid_response'],
  [7, 'invalid_response'],
])('A-14 judges the token endpoint %s: %s', (token_endpoint, outcome) => {
  expect(codeOf(() => checkMetadata(issuer, { ...GOOD, token_endpoint }))).toBe(outcome)
})

test.each([
  'authorization_endpoint',
  'token_endpoint',
  'jwks_uri',
  'userinfo_endpoint',
  'revocation_endpoint',
  'end_session_endpoint',
])('A-14 refuses http for %s', (name) => {
  const metadata = { ...GOOD, [name]: 'http://op.example/x' }
  expect(codeOf(() => checkMetadata(issuer, metadata))).toBe('insecure_endpoint')
})

test('A-14 refuses http for the issuer, before any request', async () => {
  const { context, provider, failure } = await setUp({ issuer: 'http://op.example' })
  expect((await failure(discover(context, 'http://op.example'))).code).toBe('insecure_endpoint')
  expect(provider.log).toEqual([])
})

test.each([
  [undefined, 'accepted'],
  [['S256'], 'accepted'],
  [['plain', 'S256'], 'accepted'],
  [['plain'], 'unsupported_provider'],
  [[], 'unsupported_provider'],
  ['plain', 'unsupported_provider'],
])('A-02 judges code_challenge_methods_supported %s: %s', (methods, outcome) => {
  const metadata = { ...GOOD, code_challenge_methods_supported: methods }
  expect(codeOf(() => checkMetadata(issuer, metadata))).toBe(outcome)
})

test('T-10 copies known members only', () => {
  const hostile = JSON.parse(
    JSON.stringify({ ...GOOD, foo: 1, registration_endpoint: 'x' }).replace(
      '{',
      '{"__proto__":{"polluted":true},',
    ),
  ) as unknown
  const metadata = checkMetadata(issuer, hostile)
  expect(Object.keys(metadata)).toEqual(['issuer', 'authorization_endpoint', 'token_endpoint'])
  expect('polluted' in metadata).toBe(false)
  expect('polluted' in {}).toBe(false)
})

test.each([undefined, null, 'metadata', 7])(
  'throws a TypeError for metadata that is %s',
  (given) => {
    expect(() => checkMetadata(issuer, given)).toThrow(new TypeError('metadata: must be an object'))
  },
)

test.each([
  ['a redirect', behaviours.redirect, 'provider_unavailable'],
  ['HTML', behaviours.html, 'provider_unavailable'],
  ['too much', behaviours.huge, 'provider_unavailable'],
  ['503', status(503), 'provider_unavailable'],
  ['404', status(404), 'unsupported_provider'],
  ['an array', () => json([]), 'provider_unavailable'],
  ['null', () => json(null), 'provider_unavailable'],
  ['half of it', altered((body) => body.slice(0, 40)), 'provider_unavailable'],
  ['nothing', behaviours.offline, 'network'],
] as const)(
  'T-29 fails when discovery answers with %s, and follows no redirect',
  async (_, behaviour, code) => {
    const { context, provider, failure } = await setUp()
    provider.next('discovery', behaviour)
    expect((await failure(discover(context, provider.issuer))).code).toBe(code)
    expect(provider.log[0]!.init.redirect).toBe('manual')
  },
)
