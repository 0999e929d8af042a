import { expect, test } from 'vitest'
import { setUp, type Setup } from './setup.ts'

/** Finishes a sign-in with a query made from the good one. */
async function answer(setup: Setup, change: (query: URLSearchParams) => string | void) {
  const { url, transaction } = await setup.begin()
  const query = new URLSearchParams(setup.provider.authorize(url))
  const changed = change(query) ?? query.toString()
  return setup.failure(setup.finish(transaction, changed))
}

test.each<[name: string, code: string, change: (query: URLSearchParams) => string | void]>([
  ['A-06 iss with a slash more', 'issuer_mismatch', (q) => q.set('iss', 'https://op.example/')],
  [
    'fapi invalid-authorization-response-iss',
    'issuer_mismatch',
    (q) => q.set('iss', 'https://op.example1'),
  ],
  ['A-06 iss in another case', 'issuer_mismatch', (q) => q.set('iss', 'https://OP.example')],
  ['A-06 empty iss', 'issuer_mismatch', (q) => q.set('iss', '')],
  ['A-07 fapi remove-authorization-response-iss', 'issuer_mismatch', (q) => q.delete('iss')],
  [
    'fapi ensure-authorization-response-with-invalid-state-fails',
    'state_mismatch',
    (q) => q.set('state', 'other'),
  ],
  ['state with one character more', 'state_mismatch', (q) => q.set('state', `${q.get('state')}1`)],
  [
    'fapi ensure-authorization-response-with-missing-state-fails',
    'state_mismatch',
    (q) => q.delete('state'),
  ],
  ['A-09 code twice', 'invalid_response', (q) => q.append('code', 'b')],
  ['A-09 state twice, the same', 'invalid_response', (q) => q.append('state', q.get('state')!)],
  ['A-09 iss twice, the same', 'invalid_response', (q) => q.append('iss', q.get('iss')!)],
  ['A-09 error twice', 'invalid_response', (q) => (q.append('error', 'x'), q.append('error', 'x'))],
  ['no code', 'invalid_response', (q) => q.delete('code')],
  ['empty code', 'invalid_response', (q) => q.set('code', '')],
  ['nothing', 'state_mismatch', () => ''],
  [
    'A-08 an error with a foreign state',
    'state_mismatch',
    (q) => (q.set('error', 'access_denied'), q.set('state', 'x')),
  ],
  [
    'A-08 an error with a foreign iss',
    'issuer_mismatch',
    (q) => (q.set('error', 'access_denied'), q.set('iss', 'https://evil')),
  ],
  [
    'A-08 an error without iss',
    'issuer_mismatch',
    (q) => (q.set('error', 'access_denied'), q.delete('iss')),
  ],
])('%s: %s, and nothing else is called', async (_, code, change) => {
  const setup = await setUp()
  const error = await answer(setup, change)
  expect(error.code).toBe(code)
  expect(error.error).toBeUndefined()
  expect(setup.provider.log).toEqual([])
})

test.each([
  ['access_denied', 'access_denied'],
  ['login_required', 'login_required'],
  ['interaction_required', 'interaction_required'],
  ['consent_required', 'consent_required'],
  ['account_selection_required', 'account_selection_required'],
  ['invalid_scope', 'authorization_failed'],
  ['temporarily_unavailable', 'authorization_failed'],
  ['network', 'authorization_failed'],
  ['constructor', 'authorization_failed'],
])('A-22 error=%s becomes %s', async (word, code) => {
  const setup = await setUp()
  const error = await answer(setup, (query) => {
    query.delete('code')
    query.set('error', word)
    query.set('error_description', '<img onerror=alert(1)>')
  })
  expect(error).toMatchObject({ code, error: word, errorDescription: '<img onerror=alert(1)>' })
  expect(error.message).not.toContain('<img')
  expect(setup.provider.log).toEqual([])
})

test('an error wins over a code, and its words are cut', async () => {
  const setup = await setUp()
  const error = await answer(setup, (query) => {
    query.set('error', 'e'.repeat(1000))
    query.set('error_description', 'd'.repeat(1000))
  })
  expect(error.error).toHaveLength(100)
  expect(error.errorDescription).toHaveLength(300)
  expect(error.message.length).toBeLessThan(200)
})

test('A-10 unknown parameters are ignored', async () => {
  const { signIn, provider } = await setUp()
  await signIn({}, { session_state: 'x', foo: 'bar', id_token: 'x', token: 'x', response: 'x' })
  expect(provider.requests('token')).toHaveLength(1)
})

test('A-07 without the promise in the metadata, iss may be missing; when there, it must be right', async () => {
  const setup = await setUp()
  setup.provider.metadata.authorization_response_iss_parameter_supported = false
  await setup.signIn({}, { iss: undefined })
  expect((await answer(setup, (query) => query.set('iss', 'https://evil'))).code).toBe(
    'issuer_mismatch',
  )
})

test.each([
  ['issuer', { issuer: 'https://other.example' }, 'state_mismatch'],
  ['client_id', { client_id: 'other' }, 'state_mismatch'],
  ['metadata', { metadata: { issuer: 'https://other.example' } }, 'issuer_mismatch'],
])('A-16 a transaction of another %s is refused', async (_, foreign, code) => {
  const { begin, finish, provider, failure } = await setUp()
  const { url, transaction } = await begin()
  const error = await failure(
    finish({ ...transaction, ...foreign } as never, provider.authorize(url)),
  )
  expect(error.code).toBe(code)
  expect(provider.log).toEqual([])
})

test('A-16 mix-up M-1: the code of one provider is not sent to another', async () => {
  const honest = await setUp({ issuer: 'https://honest.example' })
  const evil = await setUp({ issuer: 'https://evil.example' })
  // The user chose evil; evil sent the user on to honest, with our own state.
  const { transaction } = await evil.begin()
  const { url } = await honest.begin()
  const error = await evil.failure(evil.finish(transaction, honest.provider.authorize(url)))
  expect(error.code).toBe('issuer_mismatch')
  expect(evil.provider.log).toEqual([])
})

test('a transaction with an insecure token endpoint sends nothing', async () => {
  const { begin, finish, provider, failure } = await setUp()
  const { url, transaction } = await begin()
  const metadata = { ...transaction.metadata, token_endpoint: 'http://evil.example/token' }
  const error = await failure(finish({ ...transaction, metadata }, provider.authorize(url)))
  expect(error.code).toBe('insecure_endpoint')
  expect(provider.log).toEqual([])
})

test('an empty transaction state matches nothing', async () => {
  const { begin, finish, failure } = await setUp()
  const { transaction } = await begin()
  expect((await failure(finish({ ...transaction, state: '' }, 'code=x&state='))).code).toBe(
    'state_mismatch',
  )
})
