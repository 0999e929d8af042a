import { expect, test } from 'vitest'
import { discover } from '../../src/oauth/metadata.ts'
import {
  altered,
  behaviours,
  status,
  type Behaviour,
} from '../../src/testing/provider/behaviours.ts'
import { refusal } from '../../src/testing/provider/responses.ts'
import { session, setUp, START } from './setup.ts'

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
])('T-15 fails when the token endpoint answers with %s', async (_, behaviour, expected) => {
  const { provider, again, refused } = await session()
  provider.next('token', behaviour)
  const { error, refreshToken } = await refused(again())
  const { code, status, error: word, errorDescription, retryAfter } = error
  expect({ code, status, error: word, errorDescription, retryAfter }).toMatchObject(expected)
  expect(error.recoverable).toBe(expected['code'] !== REFUSED)
  expect(refreshToken).toBeUndefined()
})

test.each<[came: string, behaviour: Behaviour]>([
  ['text/html', behaviours.html],
  ['application/json', status(200, { 'content-type': 'application/json' }, '{"access_token":')],
  ['application/json', behaviours.huge],
])('T-15 says that %s came, and which answer was expected', async (came, behaviour) => {
  const { provider, again, failure } = await session()
  provider.next('token', behaviour)
  const expected = 'expected a JSON object of at most 1 MiB (application/json).'
  const { message } = await failure(again())
  expect(message).toContain(`answered with ${came}`)
  expect(message).toContain(expected)
})

test('T-29 takes an opaque redirect, as browsers answer it, for an unavailable provider', async () => {
  const { provider, again, failure } = await session()
  provider.next('token', () =>
    Object.defineProperties(Response.error(), { type: { value: 'opaqueredirect' } }),
  )
  expect(await failure(again())).toMatchObject({ code: 'provider_unavailable' })
})

test.each(['hang', 'deaf', 'stall'] as const)(
  'T-29 times out an endpoint that behaves so: %s',
  async (how) => {
    const { provider, again, failure, deadlines } = await session()
    provider.next('token', behaviours[how])
    const failed = failure(again())
    const ours = deadlines.filter(({ ms }) => ms === 28_000)
    expect(ours).not.toEqual([])
    await new Promise((resolve) => setTimeout(resolve, 5))
    ours.forEach(({ expire }) => expire())
    expect((await failed).code).toBe('timeout')
  },
)

test('cuts error_description, and strikes out of it what was sent', async () => {
  const { provider, again, refreshToken, failure } = await session()
  provider.next('token', () =>
    refusal('invalid_grant', 400, `token ${refreshToken} is dead ${'.'.repeat(1000)}`),
  )
  const { errorDescription } = await failure(again())
  expect(errorDescription).toMatch(/^token \*\*\* is dead/)
  expect(errorDescription).toHaveLength(300)
})

test('F31 gives a request that spends something 28 s, and one that only reads 10 s', async () => {
  const { again, deadlines, context, provider } = await session()
  const signedIn = deadlines.splice(0).map(({ ms }) => ms)
  // Code, keys, UserInfo.
  expect(signedIn.sort((a, b) => a - b)).toEqual([10_000, 10_000, 28_000])
  await again()
  await discover(context, provider.issuer)
  expect(deadlines.map(({ ms }) => ms)).toEqual([28_000, 10_000, 10_000])
})

test('F31 takes an answer that comes after 27 s', async () => {
  const { provider, again, deadlines } = await session()
  const arrived = new Promise<() => void>((arrive) => {
    provider.next('token', (act) => new Promise((resolve) => arrive(() => resolve(act()))))
  })
  const renewed = again()
  const answer = await arrived
  deadlines.filter(({ ms }) => ms < 28_000).forEach(({ expire }) => expire())
  answer()
  expect((await renewed).refreshToken).toMatch(/^rt-/)
})

test.each([
  ['invalid_request', 'client_secret is missing.'],
  ['invalid_client', undefined],
  [
    'invalid_request',
    "AADSTS9002326: Cross-origin token redemption is permitted only for the 'Single-Page Application' client-type.",
  ],
  [
    'unauthorized_client',
    'AADSTS7000218: The request body must contain client_assertion or client_secret.',
  ],
])('P12 tells %s %j to register a public client', async (word, description) => {
  const { provider, again, failure } = await session()
  provider.next('token', () => refusal(word, 400, description))
  const { message } = await failure(again())
  expect(message).toContain(`${word}${description ? `: ${description}` : ''}`)
  expect(message).toContain('register a public (SPA) client')
})

test.each([
  ['invalid_scope', '`scope`'],
  ['invalid_target', '`resource`'],
])('P12 says of %s where to name it', async (word, option) => {
  const { provider, again, failure } = await session()
  provider.next('token', () => refusal(word, 400, 'No <b>such</b> thing'))
  const { message, errorDescription } = await failure(again())
  expect(message).toContain(`${word}: No bsuch/b thing.`)
  expect(message).toContain(option)
  expect(errorDescription).toBe('No <b>such</b> thing')
})

test.each([201, 202, 203])(
  'P8 takes a token response with status %i, at sign-in and at refresh',
  async (status) => {
    const { provider, signIn, renew } = await setUp({ rotate: true })
    provider.always(
      'token',
      altered((body) => body, { status }),
    )
    const { refreshToken, claims } = await signIn()
    const renewed = await renew({ refreshToken: refreshToken!, previous: claims })
    expect(renewed.refreshToken).toMatch(/^rt-/)
    expect(provider.requests('token')).toHaveLength(2)
  },
)
