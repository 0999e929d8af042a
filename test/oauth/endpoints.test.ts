import { expect, test } from 'vitest'
import { endSessionUrl } from '../../src/oauth/end-session.ts'
import { revoke } from '../../src/oauth/revocation.ts'
import { userInfo } from '../../src/oauth/userinfo.ts'
import { behaviours, status } from '../../src/testing/provider/behaviours.ts'
import { json, refusal } from '../../src/testing/provider/responses.ts'
import { setUp } from './setup.ts'

async function signedIn() {
  const setup = await setUp()
  const { response } = await setup.signIn()
  const { context, client, metadata } = setup
  const ask = (subject = 'user-1') =>
    userInfo(context, client, metadata, response.access_token, subject)
  return { ...setup, ask, accessToken: response.access_token }
}

test('A-24 UserInfo takes the access token in the header, and nowhere else', async () => {
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
])('A-23 UserInfo with %s is discarded', async (_, behaviour, code) => {
  const { provider, ask, failure } = await signedIn()
  provider.next('userinfo', behaviour)
  expect((await failure(ask())).code).toBe(code)
})

test('A-23 no subject is not any subject', async () => {
  const { ask, failure } = await signedIn()
  expect((await failure(ask(''))).code).toBe('user_mismatch')
})

test('UserInfo of a provider without one', async () => {
  const { provider, ask, failure } = await signedIn()
  delete provider.metadata.userinfo_endpoint
  expect((await failure(ask())).code).toBe('unsupported_provider')
})

test('T-32 the revocation request, whole', async () => {
  const { provider, context, client, metadata } = await setUp()
  expect(await revoke(context, client, metadata, 'rt-1')).toBe(true)
  const { parameters, init, method } = provider.requests('revocation')[0]!
  expect(method).toBe('POST')
  expect(Object.fromEntries(parameters)).toEqual({
    token: 'rt-1',
    token_type_hint: 'refresh_token',
    client_id: 'spa',
  })
  expect(init.keepalive).toBe(true)
})

test.each<[string, () => Response | Promise<Response>, boolean | string]>([
  ['200 and nothing', () => new Response(''), true],
  ['200 and JSON', () => json({}), true],
  ['200 and HTML', behaviours.html, true],
  ['204', () => new Response(null, { status: 204 }), true],
  ['unsupported_token_type', () => refusal('unsupported_token_type'), false],
  ['404', () => new Response('', { status: 404 }), false],
  [
    '503',
    () => new Response('', { status: 503, headers: { 'retry-after': '3' } }),
    'provider_unavailable',
  ],
  ['a redirect', behaviours.redirect, 'provider_unavailable'],
  ['nothing', behaviours.offline, 'network'],
])('T-32 revocation answers with %s: %s', async (_, behaviour, outcome) => {
  const { provider, context, client, metadata, failure } = await setUp()
  provider.next('revocation', behaviour)
  const revoking = revoke(context, client, metadata, provider.plantRefreshToken())
  if (typeof outcome === 'boolean') expect(await revoking).toBe(outcome)
  else expect((await failure(revoking)).code).toBe(outcome)
})

test('T-32 revocation where there is none, and one that hangs', async () => {
  const { provider, context, client, metadata, failure, deadlines } = await setUp()
  provider.next('revocation', behaviours.deaf)
  const hanging = failure(revoke(context, client, metadata, 'rt-1'))
  deadlines.forEach(({ expire }) => expire())
  expect((await hanging).code).toBe('timeout')
  delete provider.metadata.revocation_endpoint
  expect(await revoke(context, client, metadata, 'rt-1')).toBe(false)
  expect(provider.requests('revocation')).toHaveLength(1)
})

test('T-32 a revoked refresh token is refused', async () => {
  const { provider, context, client, metadata, renew, failure } = await setUp()
  const refreshToken = provider.plantRefreshToken()
  await revoke(context, client, metadata, refreshToken)
  expect(await failure(renew({ refreshToken }))).toMatchObject({ error: 'invalid_grant' })
})

test('conformance 44 rp-init-logout: the end-session request', async () => {
  const { signIn, client, metadata } = await setUp()
  const { response } = await signIn()
  const url = new URL(
    endSessionUrl(client, metadata, {
      idTokenHint: response.id_token!,
      postLogoutRedirectUri: 'https://app.example/bye',
    })!,
  )
  expect(url.origin + url.pathname).toBe('https://op.example/logout')
  expect(Object.fromEntries(url.searchParams)).toEqual({
    client_id: 'spa',
    id_token_hint: response.id_token,
    post_logout_redirect_uri: 'https://app.example/bye',
  })
})

test('conformance 45, 46 rp-init-logout: no state is sent, so none is expected', async () => {
  const { client, metadata } = await setUp()
  const end_session_endpoint = 'https://op.example/logout?p=policy'
  expect(endSessionUrl(client, { ...metadata, end_session_endpoint }, {})).toBe(
    'https://op.example/logout?p=policy&client_id=spa',
  )
  const { end_session_endpoint: _, ...without } = metadata
  expect(endSessionUrl(client, without, {})).toBeUndefined()
})

test('A-11, A-05 a code works once: the second use is refused by the provider', async () => {
  const { provider, begin, finish, failure } = await setUp()
  const { url, transaction } = await begin()
  const query = provider.authorize(url)
  await finish(transaction, query)
  expect(await failure(finish(transaction, query))).toMatchObject({
    code: 'authorization_failed',
    status: 400,
    error: 'invalid_grant',
  })
})

test('A-02 the verifier and the redirect URI reach the token endpoint, and are checked there', async () => {
  const { provider, begin, finish, failure } = await setUp()
  for (const wrong of [
    { code_verifier: 'x'.repeat(43) },
    { redirect_uri: 'https://app.example/other' },
  ]) {
    const { url, transaction } = await begin({ resource: ['https://api.example'] })
    const error = await failure(finish({ ...transaction, ...wrong }, provider.authorize(url)))
    expect(error.error).toBe('invalid_grant')
  }
  const { parameters } = provider.requests('token')[0]!
  expect([...parameters.keys()]).toEqual([
    'grant_type',
    'code',
    'redirect_uri',
    'code_verifier',
    'client_id',
    'resource',
  ])
})

test('RFC 8707 §2.2 of several resources the first is the one of the token request', async () => {
  const { provider, begin, finish } = await setUp()
  const { url, transaction } = await begin({ resource: ['https://api.example', 'urn:b'] })
  expect(new URL(url).searchParams.getAll('resource')).toEqual(['https://api.example', 'urn:b'])
  await finish(transaction, provider.authorize(url))
  const { parameters } = provider.requests('token')[0]!
  expect(parameters.getAll('resource')).toEqual(['https://api.example'])
})

test.each([
  ['400 without words', status(400), { code: 'authorization_failed', status: 400 }],
  ['503', status(503), { code: 'provider_unavailable', status: 503 }],
  ['nothing', behaviours.offline, { code: 'network' }],
  ['HTML', behaviours.html, { code: 'provider_unavailable', status: 200 }],
] as const)('the code exchange answered with %s', async (_, behaviour, expected) => {
  const { provider, signIn, failure } = await setUp()
  provider.next('token', behaviour)
  expect(await failure(signIn())).toMatchObject(expected)
  expect(provider.requests('userinfo')).toEqual([])
})
