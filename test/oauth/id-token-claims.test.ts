import { expect, test } from 'vitest'
import { setUp, START } from './setup.ts'

const NOW = START / 1000

type Case = [name: string, claims: Record<string, unknown>, message: string | null]

test.each<Case>([
  ['T-22 accepts sub of 255 characters', { sub: 'x'.repeat(255) }, null],
  ['T-22 refuses sub of 256 characters', { sub: 'x'.repeat(256) }, 'ID token refused: sub.'],
  ['T-22 refuses empty sub', { sub: '' }, 'ID token refused: sub.'],
  ['T-22 refuses numeric sub', { sub: 7 }, 'sub'],
  ['T-22 refuses sub of another type', { sub: ['user-1'] }, 'sub'],
  ['T-22 refuses iat beyond numbers', { iat: null }, 'iat'],
  ['T-22 refuses negative iat', { iat: -1 }, 'iat'],
  ['T-22 refuses iss as a list', { iss: ['https://op.example'] }, 'iss'],
  ['T-22 refuses exp null', { exp: null }, 'exp'],
  ['T-22 refuses exp as a string', { exp: '9999999999' }, 'exp'],
  ['T-22 refuses exp before iat', { exp: NOW - 1 }, 'exp or nbf'],
  ['T-22 refuses exp at iat', { exp: NOW }, 'exp or nbf'],
  ['T-22 accepts exp right after iat', { exp: NOW + 1 }, null],
  ['T-23 accepts aud of ours alone, as a list', { aud: ['spa'] }, null],
  ['T-23 accepts aud of ours twice, with azp', { aud: ['spa', 'spa'], azp: 'spa' }, null],
  ['P1 accepts further aud, azp ours', { aud: ['other', 'spa', 'project-1'], azp: 'spa' }, null],
  [
    'P1 refuses further aud without azp',
    { aud: ['spa', 'project-1'] },
    'idToken: { audiences: [...] }',
  ],
  ['P1 refuses aud of others alone, azp ours', { aud: ['other'], azp: 'spa' }, 'aud'],
  ['P1 refuses aud that is no text beside ours', { aud: ['spa', 7], azp: 'spa' }, 'aud'],
  ['P5 takes azp null for absent', { azp: null }, null],
  ['P5 takes nbf null for absent', { nbf: null }, null],
  ['P5 takes auth_time null for absent', { auth_time: null }, null],
  ['P5 takes at_hash null for absent', { at_hash: null }, null],
  ['P5 keeps a null in a list of aud wrong', { aud: ['spa', null], azp: 'spa' }, 'aud'],
  ['T-23 refuses two aud, azp theirs', { aud: ['spa', 'other'], azp: 'other' }, 'azp'],
  ['T-23 accepts single aud, azp ours', { azp: 'spa' }, null],
  ['T-23 refuses single aud, azp theirs', { azp: 'other' }, 'azp'],
  ['T-23 refuses single aud, empty azp', { azp: '' }, 'azp'],
  ['T-23 refuses aud of ours twice, without azp', { aud: ['spa', 'spa'] }, 'azp'],
  ['T-23 refuses aud in a list in a list', { aud: [['spa']] }, 'aud'],
  ['T-23 refuses aud null', { aud: null }, 'aud'],
  ['T-23 refuses aud as an object', { aud: { spa: true } }, 'aud'],
  ['T-37 accepts nbf 30 s ahead', { nbf: NOW + 30 }, null],
  ['T-37 refuses nbf 31 s ahead', { nbf: NOW + 31 }, 'exp or nbf'],
  ['T-37 refuses nbf as a string', { nbf: 'now' }, 'nbf'],
  ['T-24 accepts auth_time 0', { auth_time: 0 }, null],
  ['T-24 refuses auth_time negative', { auth_time: -1 }, 'auth_time'],
  ['T-24 refuses auth_time as a string', { auth_time: '1768478400' }, 'auth_time'],
  ['T-25 refuses at_hash of another type', { at_hash: 7 }, 'at_hash'],
  ['T-10 accepts __proto__ among the claims', { ['__proto__x']: {} }, null],
])('%s', async (_, claims, message) => {
  const { provider, signIn, failure } = await setUp()
  provider.idToken.claims = claims
  if ('sub' in claims) provider.userInfo = { sub: claims['sub'] }
  if (message === null) return void (await signIn())
  const error = await failure(signIn())
  expect(error.code).toBe('id_token_invalid')
  expect(error.message).toContain(message)
})

test.each<[string, string[], boolean]>([
  ['all of them', ['project-1', 'project-2'], true],
  ['some of them', ['project-1'], false],
  ['ours', ['spa'], false],
])('P1 trusts further audiences where the option names %s', async (_, audiences, accepted) => {
  const { provider, signIn, failure, client } = await setUp()
  client.audiences = audiences
  provider.idToken.claims = { aud: ['spa', 'project-1', 'project-2'] }
  if (accepted) expect((await signIn()).claims.sub).toBe('user-1')
  else expect((await failure(signIn())).code).toBe('id_token_invalid')
})

test.each<[string, number, number | undefined, string | null]>([
  ['auth_time right', 60, NOW - 60, null],
  ['auth_time 30 s late', 60, NOW - 90, null],
  ['auth_time 31 s late', 60, NOW - 91, 'auth_time'],
  ['auth_time missing', 60, undefined, 'auth_time'],
  ['max_age 0, just signed in', 0, NOW, null],
])('T-24 judges max_age: %s', async (_, max_age, auth_time, message) => {
  const { provider, signIn, failure } = await setUp()
  provider.idToken.claims = { auth_time }
  if (message === null) return void (await signIn({ max_age }))
  expect((await failure(signIn({ max_age }))).message).toContain(message)
})

test.each<[string, Record<string, unknown>]>([
  ['nonce', { nonce: 'other' }],
  ['iss', { iss: 'https://other' }],
  ['aud', { aud: 'other' }],
])('verification tls: still checks %s', async (_, claims) => {
  const { provider, signIn, failure } = await setUp({ verification: 'tls' })
  provider.idToken.claims = claims
  expect((await failure(signIn())).code).toBe('id_token_invalid')
})
