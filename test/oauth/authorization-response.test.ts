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
  [
    'A-06 refuses an iss with a slash more',
    'issuer_mismatch',
    (q) => q.set('iss', 'https://op.example/'),
  ],
  [
    'fapi invalid-authorization-response-iss: refuses another iss',
    'issuer_mismatch',
    (q) => q.set('iss', 'https://op.example1'),
  ],
  [
    'A-06 refuses an iss in another case',
    'issuer_mismatch',
    (q) => q.set('iss', 'https://OP.example'),
  ],
  ['A-06 refuses an empty iss', 'issuer_mismatch', (q) => q.set('iss', '')],
  [
    'A-07 fapi remove-authorization-response-iss: refuses no iss where one is promised',
    'issuer_mismatch',
    (q) => q.delete('iss'),
  ],
  [
    'fapi ensure-authorization-response-with-invalid-state-fails: refuses another state',
    'state_mismatch',
    (q) => q.set('state', 'other'),
  ],
  [
    'refuses a state with one character more',
    'state_mismatch',
    (q) => q.set('state', `${q.get('state')}1`),
  ],
  [
    'fapi ensure-authorization-response-with-missing-state-fails: refuses no state',
    'state_mismatch',
    (q) => q.delete('state'),
  ],
  ['A-09 refuses its code twice', 'invalid_response', (q) => q.append('code', 'b')],
  [
    'A-09 refuses the same state twice',
    'invalid_response',
    (q) => q.append('state', q.get('state')!),
  ],
  ['A-09 refuses the same iss twice', 'invalid_response', (q) => q.append('iss', q.get('iss')!)],
  [
    'A-09 refuses its error twice',
    'invalid_response',
    (q) => (q.append('error', 'x'), q.append('error', 'x')),
  ],
  ['refuses no code', 'invalid_response', (q) => q.delete('code')],
  ['refuses an empty code', 'invalid_response', (q) => q.set('code', '')],
  ['refuses no parameter at all', 'state_mismatch', () => ''],
  [
    'A-08 refuses an error and a foreign state',
    'state_mismatch',
    (q) => (q.set('error', 'access_denied'), q.set('state', 'x')),
  ],
  [
    'A-08 refuses an error and a foreign iss',
    'issuer_mismatch',
    (q) => (q.set('error', 'access_denied'), q.set('iss', 'https://evil')),
  ],
])('%s, as %s, and sends nothing', async (_, code, change) => {
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
])("A-22 turns the provider's error %s into the code %s", async (word, code) => {
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

test.each(['access_denied', 'login_required', 'invalid_scope'])(
  'P11 believes the error %s without iss where iss is promised',
  async (word) => {
    const setup = await setUp()
    const error = await answer(setup, (query) => {
      query.delete('iss')
      query.delete('code')
      query.set('error', word)
      query.set('error_description', 'The user said no.')
    })
    expect(error).toMatchObject({ error: word, errorDescription: 'The user said no.' })
    expect(error.message).toBe(`The provider ended the sign-in: ${word}: The user said no.`)
    expect(setup.provider.log).toEqual([])
  },
)

test('believes an error beside a code, and cuts its words', async () => {
  const setup = await setUp()
  const error = await answer(setup, (query) => {
    query.set('error', 'e'.repeat(1000))
    query.set('error_description', 'd'.repeat(1000))
  })
  expect(error.error).toHaveLength(100)
  expect(error.errorDescription).toHaveLength(300)
  expect(error.message.length).toBeLessThan(200)
})

test('A-10 ignores parameters it does not know', async () => {
  const { signIn, provider } = await setUp()
  await signIn({}, { session_state: 'x', foo: 'bar', id_token: 'x', token: 'x', response: 'x' })
  expect(provider.requests('token')).toHaveLength(1)
})

test('A-07 accepts a response without iss where none is promised, and refuses a wrong one even so', async () => {
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
])('A-16 refuses a transaction of another %s', async (_, foreign, code) => {
  const { begin, finish, provider, failure } = await setUp()
  const { url, transaction } = await begin()
  const error = await failure(
    finish({ ...transaction, ...foreign } as never, provider.authorize(url)),
  )
  expect(error.code).toBe(code)
  expect(provider.log).toEqual([])
})

test('A-16 mix-up M-1: sends the code of one provider to no other', async () => {
  const honest = await setUp({ issuer: 'https://honest.example' })
  const evil = await setUp({ issuer: 'https://evil.example' })
  // The user chose evil; evil sent the user on to honest, with our own state.
  const { transaction } = await evil.begin()
  const { url } = await honest.begin()
  const error = await evil.failure(evil.finish(transaction, honest.provider.authorize(url)))
  expect(error.code).toBe('issuer_mismatch')
  expect(evil.provider.log).toEqual([])
})

test('sends nothing for a transaction with an insecure token endpoint', async () => {
  const { begin, finish, provider, failure } = await setUp()
  const { url, transaction } = await begin()
  const metadata = { ...transaction.metadata, token_endpoint: 'http://evil.example/token' }
  const error = await failure(finish({ ...transaction, metadata }, provider.authorize(url)))
  expect(error.code).toBe('insecure_endpoint')
  expect(provider.log).toEqual([])
})

test('matches an empty state of a transaction with nothing', async () => {
  const { begin, finish, failure } = await setUp()
  const { transaction } = await begin()
  expect((await failure(finish({ ...transaction, state: '' }, 'code=x&state='))).code).toBe(
    'state_mismatch',
  )
})
