import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { createJwksCache } from '../../src/oauth/jwks.ts'
import { refreshTokens } from '../../src/oauth/refresh-grant.ts'
import type { IdTokenClaims } from '../../src/oauth/types.ts'
import { behaviours } from '../../src/testing/provider/behaviours.ts'
import { granted, printed, session, setUp, START, type Setup } from './setup.ts'

const NOW = START / 1000

test('RFC 6749 §6 sends the refresh token, scope and resources, and no cookie', async () => {
  const { provider, renew, refreshToken } = await session()
  await renew({ refreshToken, scope: 'openid email', resource: ['https://a.example', 'urn:b'] })
  const { parameters, init, method, headers } = provider.requests('token').at(-1)!
  expect(method).toBe('POST')
  expect([...parameters]).toEqual([
    ['refresh_token', refreshToken],
    ['scope', 'openid email'],
    ['resource', 'https://a.example'],
    ['resource', 'urn:b'],
    ['grant_type', 'refresh_token'],
    ['client_id', 'spa'],
  ])
  expect(init).toMatchObject({
    cache: 'no-store',
    credentials: 'omit',
    redirect: 'manual',
    referrerPolicy: 'no-referrer',
  })
  expect(headers.has('authorization')).toBe(false)
})

test('A-30 refuses a resource with a fragment before anything is sent', async () => {
  const { provider, renew } = await setUp()
  await expect(renew({ refreshToken: 'x', resource: ['https://a.example/#x'] })).rejects.toThrow(
    /^`resource` must be absolute URIs/,
  )
  expect(provider.log).toEqual([])
})

test('T-09 takes a scope that is not named for the one that was asked for', async () => {
  const { provider, renew, refreshToken } = await session()
  provider.tokenResponse = { scope: undefined }
  const { response } = await renew({ refreshToken, requestedScope: 'openid email' })
  expect(response.scope).toBe('openid email')
})

test.each<[string, Record<string, unknown>]>([
  ['rotates', {}],
  ['omits', { refresh_token: undefined }],
  ['nulls', { refresh_token: null }],
])('T-11 accepts an answer that %s the refresh token', async (_, members) => {
  const { provider, again } = await session()
  provider.tokenResponse = members
  const { refreshToken } = await again()
  expect(refreshToken).toBe(
    'refresh_token' in members ? undefined : [...provider.refreshTokens.keys()].at(-1),
  )
})

test('has no claims of an answer without an ID token', async () => {
  const { again } = await session({ refreshIdToken: false })
  expect(await again()).not.toHaveProperty('claims')
})

/** `code`: of the refusal; else the claims that are noted. */
type Case = [
  name: string,
  next: Record<string, unknown>,
  outcome: string | string[],
  previous?: Record<string, unknown>,
]

test.each<Case>([
  ['the same', {}, []],
  ['another iss', { iss: 'https://other.example' }, 'id_token_invalid'],
  ['an iss that is not the one before', {}, 'id_token_invalid', { iss: 'https://before.example' }],
  ['another sub', { sub: 'user-2' }, 'user_mismatch'],
  ['another aud', { aud: 'other' }, 'id_token_invalid'],
  ['one more aud', { aud: ['spa', 'other'], azp: 'spa' }, 'id_token_invalid'],
  ['one aud less', { azp: 'spa' }, 'id_token_invalid', { aud: ['spa', 'other'], azp: 'spa' }],
  ['aud as a list of the same', { aud: ['spa'] }, []],
  ['the same aud in another order', { aud: ['b', 'spa'] }, [], { aud: ['spa', 'b'] }],
  ['azp where there was none', { azp: 'spa' }, ['azp']],
  ['another azp', { azp: 'other' }, ['azp'], { azp: 'spa' }],
  ['no azp where there was one', {}, ['azp'], { azp: 'spa' }],
  ['the same azp', { azp: 'spa' }, [], { azp: 'spa' }],
  ['another auth_time', { auth_time: NOW + 900 }, ['auth_time']],
  ['an auth_time that is no time', { auth_time: 'now' }, ['auth_time'], { auth_time: undefined }],
  ['no auth_time', { auth_time: undefined }, []],
  ['auth_time where there was none', {}, [], { auth_time: undefined }],
  ['no nonce', { nonce: undefined }, []],
  ['a nonce of null', { nonce: null }, []],
  ['an empty nonce', { nonce: '' }, ['nonce']],
  ['another nonce', { nonce: 'other' }, ['nonce']],
  ['a nonce where there was none', {}, ['nonce'], { nonce: undefined }],
  ['an iat before', { iat: NOW - 31 }, 'id_token_invalid'],
  ['an iat before, within tolerance', { iat: NOW - 30 }, []],
  ['the iat and exp of the one before', { iat: NOW, exp: NOW + 3600 }, ['one before']],
  ['an iat a year ahead of the device', { iat: NOW + 31_536_000, exp: NOW + 31_539_600 }, []],
  ['no iat', { iat: undefined }, 'id_token_invalid'],
  ['exp before iat', { exp: NOW }, ['exp']],
  ['no exp', { exp: undefined }, ['exp']],
  ['an at_hash of another token', { at_hash: 'NdmobePY8AEid6Omz3229w' }, ['at_hash']],
  ['an at_hash of null', { at_hash: null }, []],
])('T-18 T-19 P4 P5 P6 judges a refreshed ID token with %s', async (...row) => {
  const [, next, outcome, previous = {}] = row
  const { provider, again, claims, refused } = await session()
  provider.idToken.claims = next
  const before = { ...claims, ...previous }
  const renewed = again(before)
  if (typeof outcome !== 'string') {
    const grant = await renewed
    expect(grant.claims).toMatchObject({ sub: 'user-1', iss: 'https://op.example' })
    // Where it is odd, what was before holds.
    for (const name of ['azp', 'nonce', 'auth_time'].filter((name) => outcome.includes(name))) {
      expect(grant.claims?.[name]).toBe(before[name])
    }
    const notes = grant.notes!.map((note) => note.message)
    expect(notes).toHaveLength(outcome.length)
    outcome.forEach((name, at) => expect(notes[at]).toContain(name))
    return
  }
  const { error, refreshToken } = await refused(renewed)
  expect(error.code).toBe(outcome)
  // Only the caller can revoke it, and nothing of it is on the error.
  const fresh = [...provider.refreshTokens.keys()].at(-1)!
  expect(refreshToken).toBe(fresh)
  expect(printed(error)).not.toContain(fresh)
  expect(provider.requests('userinfo')).toHaveLength(1)
})

test('P6 keeps the session where the provider sends the first ID token again', async () => {
  const { provider, signIn, renew, clock } = await setUp({ rotate: true })
  const first = await signIn()
  clock.now += 3_600_000
  const { access_token } = first.response
  expect(access_token).toBeDefined()
  provider.idToken.raw = first.response.id_token!
  let refreshToken = first.refreshToken!
  for (const _ of [1, 2]) {
    const grant = await renew({ refreshToken, previous: first.claims })
    expect(grant.claims).toEqual(first.claims)
    expect(grant.notes!.at(-1)!.message).toContain('the one before')
    refreshToken = grant.refreshToken!
  }
})

test('P6 takes two ID tokens of one second for two, whatever the clock of the device was set to', async () => {
  const { provider, renew, refreshToken, claims } = await session({ rotate: false })
  provider.idToken.claims = { iat: NOW, exp: NOW + 3600 }
  const notes = async (sincePreviousMs: number) =>
    (await renew({ refreshToken, previous: claims, sincePreviousMs })).notes!.length
  expect(await notes(0)).toBe(0)
  expect(await notes(29_999)).toBe(0)
  expect(await notes(30_000)).toBe(1)
})

test.each([{ token_type: 'N_A' }, { expires_in: -1 }, { access_token: 7 }, { scope: 7 }])(
  'F33 tells the newest refresh token of an answer that is refused for %j',
  async (members) => {
    const { provider, again, refused, refreshToken: spent } = await session()
    provider.tokenResponse = members
    const { error, refreshToken } = await refused(again())
    expect(error.code).toBe('invalid_response')
    expect(refreshToken).toBe([...provider.refreshTokens.keys()].at(-1))
    expect(refreshToken).not.toBe(spent)
  },
)

test('discards an answer with a forged ID token', async () => {
  const { provider, again, refused } = await session()
  provider.idToken.forge = true
  const { error, refreshToken } = await refused(again())
  expect(error.code).toBe('id_token_invalid')
  expect(refreshToken).toMatch(/^rt-/)
})

test('T-37 does not ask the clock of the device', async () => {
  const { again } = await session({ deviceAhead: 80_000_000 })
  expect((await again()).claims?.iat).toBe(NOW + 3600)
})

describe('while the keys are out of reach', () => {
  async function renew(refreshToken: string, previous: IdTokenClaims, { party }: Setup) {
    const request = { refreshToken, requestedScope: 'openid', previous }
    return granted(await refreshTokens({ ...party, keys: createJwksCache() }, request))
  }

  test('counts the answer, and takes over nothing that its ID token says', async () => {
    const setup = await session({ rotate: true })
    setup.provider.always('jwks', behaviours.offline)
    const grant = await renew(setup.refreshToken, setup.claims, setup)
    expect(grant.refreshToken).toMatch(/^rt-/)
    expect(grant.refreshToken).not.toBe(setup.refreshToken)
    expect(grant.claims).toBeUndefined()
    expect(grant.response.id_token).toBeUndefined()
  })

  test('T-18 finds out another user all the same', async () => {
    const setup = await session({ rotate: true })
    setup.provider.always('jwks', behaviours.offline)
    setup.provider.idToken.claims = { sub: 'somebody-else' }
    const { error, refreshToken } = await setup.refused(
      renew(setup.refreshToken, setup.claims, setup),
    )
    expect(error.code).toBe('user_mismatch')
    expect(refreshToken).toMatch(/^rt-/)
  })
})

test('RFC 9700 §4.14.2 reports the end of a family whose rotated refresh token was reused, unless a grace window forgives it', async () => {
  for (const grace of [0, 10_000]) {
    const { again, failure, provider } = await session({ grace })
    const { refreshToken } = await again()
    if (grace) expect((await again()).refreshToken).toBe(refreshToken)
    else expect((await failure(again())).error).toBe('invalid_grant')
    expect(provider.refreshTokens.get(refreshToken!)!.grant.alive).toBe(grace > 0)
  }
})

test('hides nothing of a grant in what errors print', async () => {
  const { provider, again, failure } = await session()
  provider.idToken.claims = { sub: 'user-2' }
  const error = await failure(again())
  expect(inspect(error, { showHidden: true, depth: 9 })).not.toMatch(/rt-|at-|eyJ/)
})
