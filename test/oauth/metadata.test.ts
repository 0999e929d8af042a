import { describe, expect, test } from 'vitest'
import { AuthError } from '../../src/errors.ts'
import { checkMetadata, discover } from '../../src/oauth/metadata.ts'
import { revokeToken } from '../../src/oauth/revocation.ts'
import {
  altered,
  behaviours,
  status,
  type Behaviour,
} from '../../src/testing/provider/behaviours.ts'
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
  ['blob:https://op.example/1', 'insecure_endpoint'],
  ['https://user:pw@op.example/token', 'insecure_endpoint'],
  ['https://user@op.example/token', 'insecure_endpoint'],
  ['https://:pw@op.example/token', 'insecure_endpoint'],
  ['https://elsewhere.example/token', 'accepted'],
  ['http://localhost:8080/token', 'insecure_endpoint'],
  ['http://127.0.0.1:8080/token', 'insecure_endpoint'],
  ['http://127.1.2.3/token', 'insecure_endpoint'],
  ['http://[::1]:8080/token', 'insecure_endpoint'],
  ['/token', 'invalid_response'],
  ['', 'invalid_response'],
  [undefined, 'invalid_response'],
  [null, 'invalid_response'],
  [7, 'invalid_response'],
])(
  'A-14 F26 F34 judges the token endpoint %s of an https issuer: %s',
  (token_endpoint, outcome) => {
    expect(codeOf(() => checkMetadata(issuer, { ...GOOD, token_endpoint }))).toBe(outcome)
  },
)

test.each([
  'http://localhost:9000',
  'http://127.0.0.1:9000',
  'http://[::1]:9000',
  'https://localhost',
])('F34 lets an issuer on loopback name http endpoints there, and nowhere else: %s', (issuer) => {
  const metadata = { ...GOOD, issuer, token_endpoint: 'http://localhost:8080/token' }
  expect(codeOf(() => checkMetadata(issuer, metadata))).toBe('accepted')
  const elsewhere = { ...metadata, token_endpoint: 'http://op.example/token' }
  expect(codeOf(() => checkMetadata(issuer, elsewhere))).toBe('insecure_endpoint')
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
] as const)('T-29 fails when discovery answers with %s', async (_, behaviour, code) => {
  const { context, provider, failure } = await setUp()
  provider.next('discovery', behaviour)
  expect((await failure(discover(context, provider.issuer))).code).toBe(code)
})

test.each([
  ['HTML', behaviours.html, true],
  ['404', status(404), true],
  ['nothing', behaviours.offline, true],
  ['503', status(503), false],
] as const)('asks about `issuer` where discovery answers with %s: %#', async (_, given, asks) => {
  const { context, provider, failure } = await setUp()
  provider.next('discovery', given)
  const { message } = await failure(discover(context, provider.issuer))
  expect(message.endsWith('Is `issuer` right?')).toBe(asks)
})

describe('P2 a provider of many tenants', () => {
  const configured = 'https://login.example/common/v2.0'
  const template = 'https://login.example/{tenantid}/v2.0'
  const TENANT = '9188040d-6c67-4c5b-b112-36a304b66dad'
  const issuerOf = (tenant: string) => `https://login.example/${tenant}/v2.0`

  async function manyTenants() {
    const made = await setUp({ issuer: configured })
    const { provider, context, party } = made
    provider.metadata.issuer = template
    party.metadata = await discover(context, configured)
    const as = (tid: unknown, iss = issuerOf(String(tid))) =>
      (provider.idToken.claims = { tid, iss })
    const signIn = () => made.signIn({}, { iss: undefined })
    party.metadata.authorization_response_iss_parameter_supported = false
    return { ...made, as, signIn }
  }

  test('P2 takes the issuer of the tenant that the ID token names', async () => {
    const { as, signIn } = await manyTenants()
    as(TENANT)
    expect((await signIn()).claims.iss).toBe(issuerOf(TENANT))
  })

  test.each<[string, unknown, string]>([
    ['another tenant than its own', TENANT, issuerOf('other')],
    ['no tenant', undefined, issuerOf(TENANT)],
    ['a tenant that is a path', 'a/../b', issuerOf('a/../b')],
    ['an empty tenant', '', issuerOf('')],
    ['a tenant of dots', '..', issuerOf('..')],
    ['a tenant that is no text', [TENANT], issuerOf(TENANT)],
    ['another host', TENANT, `https://evil.example/${TENANT}/v2.0`],
    ['what is configured', TENANT, configured],
  ])('P2 refuses an issuer of %s', async (_, tid, iss) => {
    const { as, signIn, failure } = await manyTenants()
    as(tid, iss)
    const error = await failure(signIn())
    expect(error.code).toBe('id_token_invalid')
    expect(error.message).toContain('iss')
  })

  test('P2 binds the session to the tenant of its sign-in', async () => {
    const { as, signIn, renew, failure } = await manyTenants()
    as(TENANT)
    const { refreshToken, claims } = await signIn()
    const request = { refreshToken: refreshToken!, previous: claims }
    expect((await renew(request)).claims?.iss).toBe(issuerOf(TENANT))
    as('other')
    expect((await failure(renew(request))).code).toBe('id_token_invalid')
  })

  test.each<[string, string]>([
    ['https://login.example/common/v2.0', template],
    ['https://login.example/organizations/v2.0', template],
    [issuerOf(TENANT), issuerOf(TENANT)],
  ])('P2 binds %s to %s', (issuer, bound) => {
    const metadata = { ...GOOD, issuer: template }
    expect(checkMetadata(issuer, metadata).issuer).toBe(bound)
  })

  test.each([
    'https://login.example/v2.0',
    'https://login.example/a/b/v2.0',
    'https://evil.example/common/v2.0',
  ])('P2 takes no template for %s', (issuer) => {
    expect(codeOf(() => checkMetadata(issuer, { ...GOOD, issuer: template }))).toBe(
      'issuer_mismatch',
    )
  })

  test.each<[string, string, string]>([
    ['of a tenant', issuerOf(TENANT), 'accepted'],
    ['of another host', `https://evil.example/${TENANT}/v2.0`, 'issuer_mismatch'],
  ])('P2 judges an authorization response with the iss %s', async (_, iss, outcome) => {
    const { as, signIn: _signIn, begin, finish, provider } = await manyTenants()
    as(TENANT)
    const { url, transaction } = await begin()
    const finished = finish(transaction, provider.authorize(url, { iss }))
    const code = await finished.then(
      () => 'accepted',
      (error: AuthError) => error.code,
    )
    expect(code).toBe(outcome)
  })

  test('P2 refuses an ID token of another tenant than the authorization response', async () => {
    const { as, begin, finish, provider, failure } = await manyTenants()
    as(TENANT)
    const { url, transaction } = await begin()
    const query = provider.authorize(url, { iss: issuerOf('another') })
    const error = await failure(finish(transaction, query))
    expect(error).toMatchObject({
      code: 'id_token_invalid',
      message: expect.stringContaining('not that of the authorization response'),
    })
  })
})

describe('P13 P14 documents', () => {
  const redirected =
    (to: string, from: Behaviour): Behaviour =>
    async (act, request) =>
      Object.defineProperties(await from(act, request), {
        redirected: { value: true },
        url: { value: to },
      })
  const usual: Behaviour = (act) => act()

  test.each(['discovery', 'jwks'] as const)(
    'P13 follows a redirect of %s within https',
    async (document) => {
      const { provider, signIn, context, failure } = await setUp()
      provider.next(document, redirected('https://elsewhere.example/', usual))
      if (document === 'jwks') await signIn()
      else await discover(context, provider.issuer)
      expect(provider.requests(document)[0]!.init.redirect).toBe('follow')
      provider.next('discovery', redirected('http://localhost/', usual))
      expect((await failure(discover(context, provider.issuer))).code).toBe('insecure_endpoint')
    },
  )

  test('P13 lets the issuer check decide after a redirect', async () => {
    const { provider, context, failure } = await setUp()
    provider.next(
      'discovery',
      redirected('https://evil.example/', () => json({ ...GOOD, issuer: 'https://evil.example' })),
    )
    expect((await failure(discover(context, provider.issuer))).code).toBe('issuer_mismatch')
  })

  test('P13 follows no redirect with a token, a code or a refresh token', async () => {
    const { provider, signIn, renew, party } = await setUp()
    const { refreshToken } = await signIn()
    await renew({ refreshToken: refreshToken! })
    await revokeToken(party, refreshToken!)
    for (const endpoint of ['token', 'userinfo', 'revocation'] as const) {
      const redirects = provider.requests(endpoint).map(({ init }) => init.redirect)
      expect(new Set(redirects)).toEqual(new Set(['manual']))
    }
  })

  test.each(['text/html', 'text/plain', 'application/octet-stream', ''])(
    'P14 reads discovery and keys as %j',
    async (type) => {
      const { provider, signIn, context } = await setUp()
      const sloppy = altered((body) => body, { headers: { 'content-type': type } })
      provider.next('discovery', sloppy)
      provider.next('jwks', sloppy)
      expect((await discover(context, provider.issuer)).issuer).toBe(issuer)
      await signIn()
    },
  )

  test('P14 names the content type that came where it is not accepted', async () => {
    const { provider, signIn, failure } = await setUp()
    provider.next(
      'token',
      altered((body) => body, { headers: { 'content-type': 'text/html' } }),
    )
    expect((await failure(signIn())).message).toContain('text/html')
    provider.next('token', behaviours.html)
    expect((await failure(signIn())).message).toContain('text/html')
  })
})
