import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { AuthError } from '../../src/errors.ts'
import { readTokenResponse } from '../../src/oauth/token-response.ts'
import { altered } from '../../src/testing/provider/behaviours.ts'
import { SEED } from './seed.ts'
import { setUp } from './setup.ts'

const GOOD = { access_token: 'at', token_type: 'Bearer' }

function read(members: Record<string, unknown>) {
  try {
    return readTokenResponse({ ...GOOD, ...members }, 'as requested')
  } catch (error) {
    return (error as AuthError).code
  }
}

test.each([
  ['T-01', 'access_token', ['', 7, null, undefined, ['at'], {}, true, 'a\nb', 'tökén']],
  ['T-02', 'token_type', ['', 'mac', 'DPoP', 'N_A', 'Bearer ', null, undefined, 7]],
  [
    'T-03',
    'expires_in',
    [
      '3600abc',
      '',
      '-1',
      '1.5',
      '1e3',
      ' 60',
      '0x10',
      -1,
      -0.1,
      NaN,
      Infinity,
      '9'.repeat(400),
      true,
      [60],
      {},
    ],
  ],
  ['T-09', 'scope', [7, ['openid', 7], {}, true]],
  ['T-11', 'refresh_token', [7, ['rt'], {}, true, 'a\u0000b']],
  ['T-01', 'id_token', [7, ['x'], {}, true]],
])('%s refuses a wrong %s', (_, member, values) => {
  for (const value of values)
    expect([value, read({ [member]: value })]).toEqual([value, 'invalid_response'])
})

test.each([
  [3600, 3600],
  ['3600', 3600],
  [0, 0],
  ['0', 0],
  [1.5, 1.5],
  [1e12, 1e12],
  ['1000000000000', 1e12],
  [undefined, undefined],
  [null, undefined],
])('T-03, T-04 reads expires_in %j as %s', (given, expected) => {
  expect(read({ expires_in: given })).toMatchObject({ response: GOOD })
  expect((read({ expires_in: given }) as { response: unknown }).response).toHaveProperty(
    'access_token',
  )
  const { response } = readTokenResponse({ ...GOOD, expires_in: given }, '')
  expect(response.expires_in).toBe(expected)
  expect('expires_in' in response).toBe(expected !== undefined)
})

test('T-03 property: reads a number of seconds, or refuses with an AuthError', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.anything(), fc.double(), fc.integer().map(String), fc.string()),
      (given) => {
        const result = read({ expires_in: given })
        const number = typeof given === 'string' && /^[0-9]+$/.test(given) ? Number(given) : given
        const fine = typeof number === 'number' && Number.isFinite(number) && number >= 0
        if (fine) expect(result).toMatchObject({ response: { expires_in: number } })
        else if (given === undefined || given === null) {
          expect(result).not.toHaveProperty('response.expires_in')
        } else expect(result).toBe('invalid_response')
      },
    ),
    { numRuns: 1000 },
  )
})

test.each(['bearer', 'Bearer', 'BEARER', 'bEARER'])(
  'T-02 fapi token-type-case-insensitivity: accepts %s',
  (token_type) => {
    expect(read({ token_type })).toMatchObject({ response: { token_type } })
  },
)

test.each([
  [undefined, 'as requested'],
  [null, 'as requested'],
  ['', 'as requested'],
  ['openid', 'openid'],
  [[], 'as requested'],
  [['openid', 'email'], 'openid email'],
])('T-09 P7 reads the scope %j as %j', (scope, granted) => {
  expect(read({ scope })).toMatchObject({ response: { scope: granted } })
})

test.each([
  ['rt', 'rt'],
  [undefined, undefined],
  [null, undefined],
  ['', undefined],
])('T-11 sets the refresh_token %j apart', (refresh_token, expected) => {
  const grant = readTokenResponse({ ...GOOD, refresh_token }, '')
  expect(grant.refreshToken).toBe(expected)
  expect(grant.response).not.toHaveProperty('refresh_token')
})

test('T-10 copies known members only, and changes no prototype', () => {
  const hostile = JSON.parse(
    '{"__proto__":{"polluted":1},"constructor":{},"foo":1,"access_token":"at","token_type":"Bearer","c_nonce":"x"}',
  ) as Record<string, unknown>
  const { response } = readTokenResponse(hostile, 'openid')
  expect(Object.keys(response)).toEqual(['access_token', 'token_type', 'scope'])
  expect(Object.getPrototypeOf(response)).toBe(Object.prototype)
  expect('polluted' in response || 'polluted' in {}).toBe(false)
})

test.each([
  ['T-04 fapi token-endpoint-response-without-expires_in', { expires_in: undefined }],
  ['T-03 expires_in as digits', { expires_in: '3600' }],
  ['T-02 fapi token-type-case-insensitivity', { token_type: 'bEARER' }],
  ['T-10 unknown members', { foo: { bar: 1 } }],
])('%s: signs in all the same', async (_, members) => {
  const { provider, signIn } = await setUp()
  provider.tokenResponse = members
  const { response } = await signIn()
  expect(response).not.toHaveProperty('foo')
  expect(provider.requests('userinfo')).toHaveLength(1)
})

test.each([[{ access_token: 7 }], [{ token_type: 'mac' }], [{ expires_in: '3600abc' }]])(
  'refuses a token response with %j, and gives its refresh token back to be revoked',
  async (members) => {
    const { provider, signIn, refused } = await setUp()
    provider.tokenResponse = members
    const { error, refreshToken } = await refused(signIn())
    expect(error.code).toBe('invalid_response')
    expect(refreshToken).toBe([...provider.refreshTokens.keys()].at(-1))
    expect(provider.requests('userinfo')).toEqual([])
  },
)

test('reads the token response of the seed, and its refreshes', async () => {
  const { provider, signIn, renew } = await setUp({ clientId: SEED.clientId })
  provider.tokenResponse = SEED.tokenResponse
  provider.idToken.claims = { at_hash: SEED.atHash }
  const grant = await signIn()
  expect(grant.response).toEqual({
    access_token: SEED.tokenResponse.access_token,
    token_type: 'Bearer',
    expires_in: 3600,
    scope: 'openid profile offline_access phone email',
    id_token: expect.any(String) as string,
  })
  expect(grant.claims.at_hash).toBe(SEED.atHash)
  expect(grant.refreshToken).toBe('WPsGJbvpBjqXz6IJIr1UHKyrdVF')
  for (const _ of [1, 2]) {
    const next = await renew({ refreshToken: grant.refreshToken!, previous: grant.claims })
    expect(next.refreshToken).toBe('WPsGJbvpBjqXz6IJIr1UHKyrdVF')
    expect(next.response.expires_in).toBe(3600)
  }
  provider.next(
    'token',
    altered((body) => body.replace('WPsG', 'XPsG')),
  )
  expect((await renew({ refreshToken: grant.refreshToken! })).refreshToken).toMatch(/^XPsG/)
})

function messageOf(members: Record<string, unknown>): string {
  try {
    readTokenResponse({ ...GOOD, ...members }, '')
  } catch (error) {
    return (error as AuthError).message
  }
  return 'accepted'
}

test('P3 tells that a scope of an API is missing where there is no access token', () => {
  const { access_token: _, ...rest } = { ...GOOD, id_token: 'a.b.c', refresh_token: 'rt' }
  expect(messageOf({ ...rest, access_token: undefined })).toContain(
    'The provider gave no access token: ask for a scope of an API.',
  )
})

test('P9 tells whose fault a missing token_type is', () => {
  expect(messageOf({ token_type: undefined })).toContain(
    'It is absent; the provider must send token_type: Bearer (RFC 6749 §5.1).',
  )
})
