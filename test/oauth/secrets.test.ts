import fc from 'fast-check'
import { expect, test } from 'vitest'
import { AuthError } from '../../src/errors.ts'
import { revokeToken } from '../../src/oauth/revocation.ts'
import { altered, type Behaviour } from '../../src/testing/provider/behaviours.ts'
import { refusal } from '../../src/testing/provider/responses.ts'
import { expectNoSecrets, refusalOf, setUp } from './setup.ts'

// A-40, T-36: whatever goes wrong, nothing that an error prints holds a token, code, verifier or nonce.

/** A network stack that quotes the request it could not send. */
const chatty: Behaviour = (_act, { parameters, headers }) => {
  const sent = [...parameters.values(), headers.get('authorization')].join(' ')
  throw Object.assign(new TypeError(`Failed to send ${sent}`), { request: sent, cause: sent })
}

/** A provider that quotes what it refuses. */
const quoting: Behaviour = (_act, { parameters }) =>
  refusal(
    'invalid_grant',
    400,
    ['refresh_token', 'code', 'code_verifier', 'token']
      .map((name) => parameters.get(name))
      .join(' '),
  )

const CASES: [string, Behaviour][] = [
  ['a network stack that quotes', chatty],
  ['a provider that quotes', quoting],
  ['half a body', altered((body) => body.slice(0, -1))],
  [
    'a body that begins with a token',
    altered((body) => (JSON.parse(body) as { access_token: string }).access_token),
  ],
  ['a body with a token as its error', altered((body) => `{"error":${body}}`, { status: 400 })],
  ['tokens with a 500', altered((body) => body, { status: 500 })],
  ['tokens with a 400', altered((body) => body, { status: 400 })],
  ['tokens as HTML', altered((body) => body, { headers: { 'content-type': 'text/html' } })],
  ['a type that is not', altered((body) => body.replace('Bearer', 'mac'))],
  ['an ID token cut short', altered((body) => body.replace(/(\.[^."]+)"/, '"'))],
  [
    'an access token in place of the ID token',
    altered((body) =>
      body.replace(/"id_token":"[^"]+"/, '"id_token":"at-secret.at-secret.at-secret"'),
    ),
  ],
]

test.each(CASES)(
  'A-40 keeps secrets out of the error of a code exchange with %s',
  async (_, behaviour) => {
    const { provider, signIn, failure } = await setUp()
    provider.next('token', behaviour)
    await failure(signIn())
  },
)

test.each(CASES)(
  'A-40 keeps secrets out of the error of a refresh with %s',
  async (_, behaviour) => {
    const { provider, signIn, renew, failure } = await setUp()
    const { refreshToken } = await signIn()
    provider.next('token', behaviour)
    await failure(renew({ refreshToken: refreshToken! }))
  },
)

test.each(CASES.slice(0, 2))(
  'A-40 keeps secrets out of the errors of UserInfo and revocation with %s',
  async (_, behaviour) => {
    const { provider, signIn, party, failure } = await setUp()
    provider.next('userinfo', behaviour)
    await failure(signIn())
    provider.next('revocation', behaviour)
    const revoking = revokeToken(party, provider.plantRefreshToken())
    await revoking.catch((error: unknown) => expectNoSecrets(error, provider.secrets))
  },
)

test('A-40 property: keeps secrets out of the error of a token response that is broken anywhere', async () => {
  const { provider, signIn, renew } = await setUp()
  const { refreshToken, claims } = await signIn()
  await fc.assert(
    fc.asyncProperty(
      fc.nat(2000),
      fc.nat(40),
      fc.string({ maxLength: 3 }),
      async (at, length, text) => {
        provider.next(
          'token',
          altered((body) => body.slice(0, at) + text + body.slice(at + length)),
        )
        try {
          await renew({ refreshToken: refreshToken!, previous: claims })
        } catch (thrown) {
          const { error } = refusalOf(thrown)
          expect(error).toBeInstanceOf(AuthError)
          expectNoSecrets(error, provider.secrets)
        }
      },
    ),
    { numRuns: Number(process.env['MODEL_RUNS'] ?? 150) },
  )
})

test('A-40 property: ends in claims or an AuthError, whatever the claims are', async () => {
  const { provider, signIn } = await setUp()
  const names = fc.constantFrom(
    'iss',
    'sub',
    'aud',
    'exp',
    'iat',
    'nbf',
    'nonce',
    'azp',
    'at_hash',
    'auth_time',
  )
  await fc.assert(
    fc.asyncProperty(names, fc.jsonValue(), async (name, value) => {
      provider.idToken.claims = { [name]: value }
      try {
        const { claims } = await signIn()
        expect(claims.iss).toBe(provider.issuer)
        expect([claims.aud].flat()).toEqual([provider.clientId])
      } catch (thrown) {
        const { error } = refusalOf(thrown)
        expect(error).toBeInstanceOf(AuthError)
        expectNoSecrets(error, provider.secrets)
      }
    }),
    { numRuns: Number(process.env['MODEL_RUNS'] ?? 100) },
  )
})
