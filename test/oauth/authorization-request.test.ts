import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createAuthorizationRequest } from '../../src/oauth/authorization-request.ts'
import type { AuthorizationRequest } from '../../src/oauth/types.ts'
import { setUp } from './setup.ts'

const { begin, client, metadata } = await setUp()

test('A-01, A-02, A-04 asks for a code with PKCE, state and nonce, and remembers them', async () => {
  const { url, transaction } = await begin({ prompt: 'consent', max_age: 60, login_hint: 'a@b' })
  const { origin, pathname, searchParams } = new URL(url)
  expect(origin + pathname).toBe('https://op.example/authorize')
  expect(Object.fromEntries(searchParams)).toEqual({
    response_type: 'code',
    client_id: 'spa',
    redirect_uri: 'https://app.example/',
    scope: 'openid profile email offline_access',
    state: 'et.hash.random',
    nonce: transaction.nonce,
    code_challenge: createHash('sha256').update(transaction.code_verifier).digest('base64url'),
    code_challenge_method: 'S256',
    prompt: 'consent',
    max_age: '60',
    login_hint: 'a@b',
  })
  expect(transaction).toMatchObject({
    state: 'et.hash.random',
    issuer: 'https://op.example',
    client_id: 'spa',
    redirect_uri: 'https://app.example/',
    max_age: 60,
    metadata: { token_endpoint: 'https://op.example/token' },
  })
})

test('conformance 5 scope-userinfo-claims: sends a scope that asks for claims, and refuses one without openid', async () => {
  const scope = new URL((await begin()).url).searchParams.get('scope')!.split(' ')
  expect(scope).toEqual(expect.arrayContaining(['openid', 'profile', 'email']))
  await expect(begin({ scope: 'profile' })).rejects.toThrow(
    new TypeError('scope: must contain openid'),
  )
})

test('A-02, A-04 property: makes verifiers of 43 to 128 unreserved characters, and repeats nothing', async () => {
  const seen = new Set<string>()
  await fc.assert(
    fc.asyncProperty(fc.string({ minLength: 1 }), async (state) => {
      const { transaction, url } = await begin({ state })
      expect(transaction.code_verifier).toMatch(/^[A-Za-z0-9\-._~]{43,128}$/)
      // 32 bytes
      expect(transaction.nonce).toMatch(/^[A-Za-z0-9\-_]{43}$/)
      expect(url).not.toContain(transaction.code_verifier)
      expect(new URL(url).searchParams.get('state')).toBe(state)
      for (const random of [transaction.code_verifier, transaction.nonce]) {
        expect(seen).not.toContain(random)
        seen.add(random)
      }
    }),
  )
})

test('A-15 sends the redirect_uri it was given, whatever else is asked', async () => {
  const uris = await Promise.all(
    ['a', 'b'].map(async (state) =>
      new URL((await begin({ state })).url).searchParams.get('redirect_uri'),
    ),
  )
  expect(uris).toEqual(['https://app.example/', 'https://app.example/'])
})

test('RFC 6749 §3.1 keeps the query of the authorization endpoint, and lets it set no parameter of ours', async () => {
  const endpoint = 'https://op.example/authorize?p=policy&response_type=token&client_id=other'
  const { url } = await createAuthorizationRequest(
    { client, metadata: { ...metadata, authorization_endpoint: endpoint } },
    { redirectUri: 'https://app.example/', state: 's', scope: 'openid' },
  )
  const { searchParams } = new URL(url)
  expect(searchParams.get('p')).toBe('policy')
  expect(searchParams.getAll('response_type')).toEqual(['code'])
  expect(searchParams.getAll('client_id')).toEqual(['spa'])
})

test('A-30 repeats resource for each one, and remembers them', async () => {
  const resource = ['https://api.example/v1', 'urn:example:b']
  const { url, transaction } = await begin({ resource })
  expect(new URL(url).searchParams.getAll('resource')).toEqual(resource)
  expect(transaction.resource).toEqual(resource)
})

test.each(['/api', 'api', '', '//api.example', 'https://api.example/#x', 'https://api.example/#'])(
  'A-30 refuses the resource %j',
  async (resource) => {
    await expect(begin({ resource: [resource] })).rejects.toThrow(
      /^`resource` must be absolute URIs/,
    )
    await expect(begin({ resource: [resource] })).rejects.toBeInstanceOf(TypeError)
  },
)

test.each([
  'response_type',
  'response_mode',
  'client_id',
  'client_secret',
  'client_assertion',
  'client_assertion_type',
  'redirect_uri',
  'scope',
  'state',
  'nonce',
  'code_challenge',
  'code_challenge_method',
  'code_verifier',
  'resource',
  'request',
  'request_uri',
  'prompt',
  'max_age',
  'id_token_hint',
])('A-01, A-17 refuses %s as an extra parameter', async (name) => {
  const request: Partial<AuthorizationRequest> = { extra: { [name]: 'x' } }
  await expect(begin(request)).rejects.toThrow(new TypeError(`extra: ${name} cannot be set here`))
})

test('sends extra parameters of the provider', async () => {
  const { searchParams } = new URL(
    (await begin({ extra: { audience: 'https://api', display: 'page' } })).url,
  )
  expect(searchParams.get('audience')).toBe('https://api')
  expect(searchParams.get('display')).toBe('page')
})
