import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { createJwksCache } from '../../src/oauth/jwks.ts'
import { discardedRefreshToken, refresh } from '../../src/oauth/refresh-grant.ts'
import type { IdTokenClaims } from '../../src/oauth/types.ts'
import { behaviours, status, type Behaviour } from '../../src/testing/provider/behaviours.ts'
import { refusal } from '../../src/testing/provider/responses.ts'
import { printed, setUp, START, type Setup, type SetupOptions } from './setup.ts'

const NOW = START / 1000

/** Signs in, lets an hour pass, and is ready to refresh. */
async function session(options?: SetupOptions) {
  const setup = await setUp({ rotate: true, ...options })
  const { refreshToken, claims } = await setup.signIn()
  setup.clock.now += 3_600_000
  const renew = (previous: IdTokenClaims = claims) =>
    setup.renew({ refreshToken: refreshToken!, previous })
  return { ...setup, again: renew, refreshToken: refreshToken!, claims }
}

test('RFC 6749 §6 the request, whole', async () => {
  const { provider, renew, refreshToken } = await session()
  await renew({ refreshToken, scope: 'openid email', resource: ['https://a.example', 'urn:b'] })
  const { parameters, init, method, headers } = provider.requests('token').at(-1)!
  expect(method).toBe('POST')
  expect([...parameters]).toEqual([
    ['grant_type', 'refresh_token'],
    ['refresh_token', refreshToken],
    ['scope', 'openid email'],
    ['client_id', 'spa'],
    ['resource', 'https://a.example'],
    ['resource', 'urn:b'],
  ])
  expect(init).toMatchObject({
    cache: 'no-store',
    credentials: 'omit',
    redirect: 'manual',
    referrerPolicy: 'no-referrer',
  })
  expect(headers.has('authorization')).toBe(false)
})

test('A-30 a resource with a fragment is refused before sending', async () => {
  const { provider, renew } = await setUp()
  await expect(renew({ refreshToken: 'x', resource: ['https://a.example/#x'] })).rejects.toThrow(
    /^resource/,
  )
  expect(provider.log).toEqual([])
})

test('T-09 a scope not named is the one asked for', async () => {
  const { provider, renew, refreshToken } = await session()
  provider.tokenResponse = { scope: undefined }
  const { response } = await renew({ refreshToken, requestedScope: 'openid email' })
  expect(response.scope).toBe('openid email')
})

test.each<[string, Record<string, unknown>]>([
  ['rotates', {}],
  ['omits', { refresh_token: undefined }],
  ['nulls', { refresh_token: null }],
])('T-11 the provider %s the refresh token', async (_, members) => {
  const { provider, again } = await session()
  provider.tokenResponse = members
  const { refreshToken } = await again()
  expect(refreshToken).toBe(
    'refresh_token' in members ? undefined : [...provider.refreshTokens.keys()].at(-1),
  )
})

test('without an ID token there are no claims', async () => {
  const { again } = await session({ refreshIdToken: false })
  expect(await again()).not.toHaveProperty('claims')
})

type Case = [
  name: string,
  next: Record<string, unknown>,
  code: string | null,
  previous?: Record<string, unknown>,
]

test.each<Case>([
  ['the same', {}, null],
  ['another iss', { iss: 'https://other.example' }, 'id_token_invalid'],
  ['another sub', { sub: 'user-2' }, 'user_mismatch'],
  ['another aud', { aud: 'other' }, 'id_token_invalid'],
  ['one more aud', { aud: ['spa', 'other'], azp: 'spa' }, 'id_token_invalid'],
  ['aud as a list of the same', { aud: ['spa'] }, null],
  ['azp where there was none', { azp: 'spa' }, 'id_token_invalid'],
  ['no azp where there was one', {}, 'id_token_invalid', { azp: 'spa' }],
  ['the same azp', { azp: 'spa' }, null, { azp: 'spa' }],
  ['another auth_time', { auth_time: NOW + 3600 }, 'id_token_invalid'],
  ['no auth_time', { auth_time: undefined }, null],
  ['auth_time where there was none', {}, null, { auth_time: undefined }],
  ['no nonce', { nonce: undefined }, null],
  ['another nonce', { nonce: 'other' }, 'id_token_invalid'],
  ['a nonce where there was none', {}, 'id_token_invalid', { nonce: undefined }],
  ['an iat before', { iat: NOW - 31 }, 'id_token_invalid'],
  ['an iat before, within tolerance', { iat: NOW - 30 }, null],
  ['the same iat', { iat: NOW }, null],
  ['an iat a year ahead of the device', { iat: NOW + 31_536_000, exp: NOW + 31_539_600 }, null],
  ['exp before iat', { exp: NOW }, 'id_token_invalid'],
  ['an at_hash of another token', { at_hash: 'NdmobePY8AEid6Omz3229w' }, 'id_token_invalid'],
])('T-18, T-19 a refreshed ID token with %s: %s', async (_, next, code, previous = {}) => {
  const { provider, again, claims, failure } = await session()
  provider.idToken.claims = next
  const renewed = again({ ...claims, ...previous })
  if (code === null) {
    expect((await renewed).claims?.sub).toBe('user-1')
    return
  }
  const error = await failure(renewed)
  expect(error.code).toBe(code)
  // Only the caller can revoke it, and nobody can read it off the error.
  const fresh = [...provider.refreshTokens.keys()].at(-1)!
  expect(discardedRefreshToken(error)).toBe(fresh)
  expect(printed(error)).not.toContain(fresh)
  expect(discardedRefreshToken(structuredClone(error))).toBeUndefined()
  expect(provider.requests('userinfo')).toHaveLength(1)
})

test('a forged ID token discards the answer', async () => {
  const { provider, again, failure } = await session()
  provider.idToken.forge = true
  const error = await failure(again())
  expect(error.code).toBe('id_token_invalid')
  expect(discardedRefreshToken(error)).toMatch(/^rt-/)
})

test('T-37 the device clock is not asked', async () => {
  const { again } = await session({ deviceAhead: 80_000_000 })
  expect((await again()).claims?.iat).toBe(NOW + 3600)
})

describe('keys out of reach', () => {
  async function renew(
    refreshToken: string,
    previous: IdTokenClaims,
    { context, client, metadata }: Setup,
  ) {
    const request = { refreshToken, requestedScope: 'openid', previous }
    return refresh(context, client, metadata, request, createJwksCache())
  }

  test('the answer counts, what its ID token says is not taken over', async () => {
    const setup = await session({ rotate: true })
    setup.provider.always('jwks', behaviours.offline)
    const grant = await renew(setup.refreshToken, setup.claims, setup)
    expect(grant.refreshToken).toMatch(/^rt-/)
    expect(grant.refreshToken).not.toBe(setup.refreshToken)
    expect(grant.claims).toBeUndefined()
    expect(grant.response.id_token).toBeUndefined()
  })

  test('T-18 another user is found out all the same', async () => {
    const setup = await session({ rotate: true })
    setup.provider.always('jwks', behaviours.offline)
    setup.provider.idToken.claims = { sub: 'somebody-else' }
    const error = await setup.failure(renew(setup.refreshToken, setup.claims, setup))
    expect(error.code).toBe('user_mismatch')
    expect(discardedRefreshToken(error)).toMatch(/^rt-/)
  })
})

test('discardedRefreshToken of anything else is undefined', () => {
  for (const thing of [undefined, null, 'x', 7, {}, new Error('x')]) {
    expect(discardedRefreshToken(thing)).toBeUndefined()
  }
})

type Failure = [name: string, behaviour: Behaviour, error: Record<string, unknown>]

const REFUSED = 'refresh_refused'

test.each<Failure>([
  [
    'invalid_grant',
    () => refusal('invalid_grant', 400, 'expired'),
    { code: REFUSED, status: 400, error: 'invalid_grant', errorDescription: 'expired' },
  ],
  [
    'invalid_client with 401',
    () => refusal('invalid_client', 401),
    { code: REFUSED, status: 401, error: 'invalid_client' },
  ],
  [
    'invalid_scope',
    () => refusal('invalid_scope'),
    { code: REFUSED, status: 400, error: 'invalid_scope' },
  ],
  [
    'an error with a WWW-Authenticate header',
    () => {
      const response = refusal('invalid_client', 401)
      response.headers.set('www-authenticate', 'Basic realm="op"')
      return response
    },
    { code: REFUSED, status: 401, error: 'invalid_client' },
  ],
  [
    'an error as text/plain',
    () => new Response('{"error":"invalid_grant"}', { status: 400 }),
    { code: REFUSED, status: 400, error: 'invalid_grant' },
  ],
  ['an empty 400', status(400), { code: REFUSED, status: 400, error: undefined }],
  [
    'a 403 of HTML',
    status(403, { 'content-type': 'text/html' }, '<html>'),
    { code: REFUSED, status: 403, error: undefined },
  ],
  [
    'an error of another type',
    () => refusal(7 as never),
    { code: REFUSED, status: 400, error: undefined },
  ],
  [
    'an error in other characters',
    () => refusal('in"valid\n'),
    { code: REFUSED, status: 400, error: undefined },
  ],
  ['an empty error', () => refusal(''), { code: REFUSED, status: 400, error: undefined }],
  ['408', status(408), { code: 'provider_unavailable', status: 408 }],
  [
    '429',
    status(429, { 'retry-after': '7' }),
    { code: 'provider_unavailable', status: 429, retryAfter: 7000 },
  ],
  [
    '429 with an OAuth error',
    () => refusal('invalid_grant', 429),
    { code: 'provider_unavailable', status: 429 },
  ],
  ['500', status(500), { code: 'provider_unavailable', status: 500 }],
  [
    '503 until a date',
    status(503, { 'retry-after': new Date(START + 3_600_000 + 90_000).toUTCString() }),
    { code: 'provider_unavailable', status: 503, retryAfter: 90_000 },
  ],
  [
    '503 until a date gone by',
    status(503, { 'retry-after': new Date(START).toUTCString() }),
    { code: 'provider_unavailable', retryAfter: 0 },
  ],
  [
    '503 with nonsense',
    status(503, { 'retry-after': 'soon' }),
    { code: 'provider_unavailable', retryAfter: undefined },
  ],
  [
    '503 with a negative number',
    status(503, { 'retry-after': '' }),
    { code: 'provider_unavailable', retryAfter: undefined },
  ],
  ['HTML', behaviours.html, { code: 'provider_unavailable', status: 200 }],
  [
    'JSON as HTML',
    (act) =>
      act().then(
        async (r) => new Response(await r.text(), { headers: { 'content-type': 'text/html' } }),
      ),
    { code: 'provider_unavailable', status: 200 },
  ],
  [
    'no content',
    () => new Response(null, { status: 204 }),
    { code: 'provider_unavailable', status: 204 },
  ],
  ['a redirect', behaviours.redirect, { code: 'provider_unavailable', status: 302 }],
  ['too much', behaviours.huge, { code: 'provider_unavailable', status: 200 }],
  ['no answer', behaviours.offline, { code: 'network', status: undefined }],
  ['an answer that got lost', behaviours.dropAfterActing, { code: 'network' }],
])('T-15 the token endpoint answers with %s', async (_, behaviour, expected) => {
  const { provider, again, failure } = await session()
  provider.next('token', behaviour)
  const error = await failure(again())
  const { code, status, error: word, errorDescription, retryAfter } = error
  expect({ code, status, error: word, errorDescription, retryAfter }).toMatchObject(expected)
  expect(error.recoverable).toBe(expected['code'] !== REFUSED)
  expect(discardedRefreshToken(error)).toBeUndefined()
})

test('T-29 an opaque redirect, as browsers answer it', async () => {
  const { provider, again, failure } = await session()
  provider.next('token', () =>
    Object.defineProperties(Response.error(), { type: { value: 'opaqueredirect' } }),
  )
  expect(await failure(again())).toMatchObject({ code: 'provider_unavailable' })
})

test.each(['hang', 'deaf', 'stall'] as const)(
  'T-29 the time cap, against one that would %s',
  async (how) => {
    const { provider, again, failure, deadlines } = await session()
    provider.next('token', behaviours[how])
    const failed = failure(again())
    const ours = deadlines.filter(({ ms }) => ms === 10_000)
    expect(ours).toHaveLength(deadlines.length)
    await new Promise((resolve) => setTimeout(resolve, 5))
    ours.forEach(({ expire }) => expire())
    expect((await failed).code).toBe('timeout')
  },
)

test('error_description is cut, and what we sent is struck out of it', async () => {
  const { provider, again, refreshToken, failure } = await session()
  provider.next('token', () =>
    refusal('invalid_grant', 400, `token ${refreshToken} is dead ${'.'.repeat(1000)}`),
  )
  const { errorDescription } = await failure(again())
  expect(errorDescription).toMatch(/^token \*\*\* is dead/)
  expect(errorDescription).toHaveLength(300)
})

test('RFC 9700 §4.14.2 reuse of a rotated refresh token ends the family; a grace window forgives it', async () => {
  for (const grace of [0, 10_000]) {
    const { again, failure, provider } = await session({ grace })
    const { refreshToken } = await again()
    if (grace) expect((await again()).refreshToken).toBe(refreshToken)
    else expect((await failure(again())).error).toBe('invalid_grant')
    expect(provider.refreshTokens.get(refreshToken!)!.grant.alive).toBe(grace > 0)
  }
})

test('nothing of a grant is hidden in what errors print', async () => {
  const { provider, again } = await session()
  provider.idToken.claims = { sub: 'user-2' }
  const error = await again().catch((error: unknown) => error)
  expect(inspect(error, { showHidden: true, depth: 9 })).not.toMatch(/rt-|at-|eyJ/)
})
