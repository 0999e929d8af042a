import { expect, test } from 'vitest'
import { behaviours, status } from '../../src/testing/provider/behaviours.ts'
import { setUp, START } from './setup.ts'

const NOW = START / 1000
const DAY = 86_400_000

test('A-11, A-05 reports the refusal of a code that is used a second time', async () => {
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

test('A-02 sends the verifier and the redirect URI, which the provider checks', async () => {
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
    'code',
    'redirect_uri',
    'code_verifier',
    'resource',
    'grant_type',
    'client_id',
  ])
})

test('RFC 8707 §2.2 sends the first of several resources', async () => {
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
] as const)(
  'fails when the token endpoint answers with %s, and asks no UserInfo',
  async (_, behaviour, expected) => {
    const { provider, signIn, failure } = await setUp()
    provider.next('token', behaviour)
    expect(await failure(signIn())).toMatchObject(expected)
    expect(provider.requests('userinfo')).toEqual([])
  },
)

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
])('T-37 judges a device %i ms ahead of the provider', async (deviceAhead, words) => {
  const { provider, signIn, refused } = await setUp({ deviceAhead })
  if (words === null) {
    expect((await signIn()).offset).toBe(0 - deviceAhead)
    return
  }
  const { error, refreshToken } = await refused(signIn())
  expect(error.code).toBe('clock_skew')
  expect(error.message).toContain(words)
  expect(provider.requests('userinfo')).toEqual([])
  expect(refreshToken).toMatch(/^rt-/)
})

test.each([
  ['an iat more than a day ahead', { iat: NOW + 86_401, exp: NOW + 90_000 }],
  ['an iat of the year 2000', { iat: 946_684_800 }],
])('T-22 refuses %s as clock_skew', async (_, claims) => {
  const { provider, signIn, failure } = await setUp()
  provider.idToken.claims = claims
  expect((await failure(signIn())).code).toBe('clock_skew')
})
