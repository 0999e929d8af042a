import { describe, expect, test } from 'vitest'
import { AuthError } from '../../src/errors.ts'
import { refresh, type Refresh, type RefreshOutcome } from '../../src/renewal/refresh.ts'
import { CLEAN_HISTORY, type RefreshHistory } from '../../src/renewal/verdict.ts'
import { expectNoSecrets, setUp } from '../oauth/setup.ts'
import { behaviours, status, type Behaviour } from '../../src/testing/provider/behaviours.ts'
import { json, refusal } from '../../src/testing/provider/responses.ts'

/** A relying party with one refresh token, and a way to spend it. */
async function signedIn() {
  const made = await setUp({ rotate: true, alg: 'ES256' })
  const { refreshToken, claims } = await made.signIn()
  const run = (change: Partial<Refresh> = {}): Promise<RefreshOutcome> =>
    refresh(made.party, {
      refreshToken: refreshToken!,
      previous: claims,
      requestedScope: 'openid',
      history: CLEAN_HISTORY,
      narrowed: false,
      ...change,
    })
  return { ...made, run, refreshToken: refreshToken! }
}

function failed(outcome: RefreshOutcome) {
  if (outcome.kind === 'refreshed') throw new Error('expected a failure')
  expect(outcome.error).toBeInstanceOf(AuthError)
  return outcome
}

test('a refresh that goes through is the grant and a clean history', async () => {
  const { run, provider, refreshToken } = await signedIn()
  const outcome = await run({ history: { ambiguous: true, refusals: 2 } })
  expect(outcome).toMatchObject({
    kind: 'refreshed',
    grant: { response: { token_type: 'Bearer' }, claims: { sub: 'user-1' } },
    history: CLEAN_HISTORY,
  })
  const { grant } = outcome as Extract<RefreshOutcome, { kind: 'refreshed' }>
  expect(grant.refreshToken).toBe([...provider.refreshTokens.keys()].at(-1))
  expect(grant.refreshToken).not.toBe(refreshToken)
})

test('one refresh is one request, however it ends', async () => {
  for (const behaviour of [behaviours.offline, status(503), () => refusal('invalid_grant')]) {
    const { run, provider } = await signedIn()
    const before = provider.requests('token').length
    provider.always('token', behaviour)
    await run()
    expect(provider.requests('token').length).toBe(before + 1)
  }
})

test.each<[string, Behaviour, RefreshHistory, RefreshHistory]>([
  ['no answer', behaviours.offline, CLEAN_HISTORY, { ambiguous: true, refusals: 0 }],
  ['503', status(503), CLEAN_HISTORY, { ambiguous: true, refusals: 0 }],
  ['429', status(429), CLEAN_HISTORY, { ambiguous: false, refusals: 0 }],
  ['429 after a lost answer', status(429), lost(0), lost(0)],
  ['a bare 400', status(400), CLEAN_HISTORY, { ambiguous: false, refusals: 1 }],
  ['a second bare 400', status(400), refusedSoFar(1), refusedSoFar(2)],
  ['an answer without a token', () => json({}), CLEAN_HISTORY, lost(1)],
  ['F15 invalid_scope', () => refusal('invalid_scope'), CLEAN_HISTORY, refusedSoFar(1)],
])('U3 T-15 %s is transient, and remembered', async (_, behaviour, history, expected) => {
  const { run, provider } = await signedIn()
  provider.next('token', behaviour)
  const outcome = failed(await run({ history }))
  expect(outcome).toMatchObject({ kind: 'transient', history: expected })
  // Another try may clear it, so no caller is told to give up.
  expect(outcome.error.recoverable).toBe(true)
})

test('U3 a refusal taken for chance keeps the provider’s own words', async () => {
  const { run, provider } = await signedIn()
  provider.next('token', () => refusal('invalid_request'))
  expect(failed(await run()).error).toMatchObject({
    code: 'provider_unavailable',
    error: 'invalid_request',
    status: 400,
  })
})

test.each<[string, string, RefreshHistory, string]>([
  ['T-14 invalid_grant', 'invalid_grant', CLEAN_HISTORY, 'invalid_grant'],
  ['T-16 invalid_grant after a lost answer', 'invalid_grant', lost(0), 'answer_lost'],
  ['the third unclear refusal', 'invalid_request', lost(2), 'refresh_refused'],
  ['invalid_client', 'invalid_client', CLEAN_HISTORY, 'refresh_refused'],
])('%s is terminal', async (_, error, history, reason) => {
  const { run, provider } = await signedIn()
  provider.next('token', () => refusal(error))
  const outcome = failed(await run({ history }))
  expect(outcome).toMatchObject({ kind: 'terminal', reason, error: { error } })
  expect(outcome.discarded).toBeUndefined()
})

test('T-12 a refusal of a narrowed request speaks of that need alone', async () => {
  const { run, provider } = await signedIn()
  provider.always('token', () => refusal('access_denied'))
  const resource = ['https://a.example']
  expect(failed(await run({ resource, narrowed: true })).kind).toBe('need')
  expect(failed(await run()).kind).toBe('transient')
})

test.each<[string, Record<string, unknown>, string]>([
  ['T-18 U20 another user', { sub: 'user-2' }, 'user_changed'],
  ['T-18 another client', { aud: 'other' }, 'id_token_invalid'],
])('T-19 an answer about %s is thrown away, its refresh token in the outcome', async (...row) => {
  const [, claims, reason] = row
  const { run, provider, refreshToken } = await signedIn()
  provider.idToken.claims = claims
  const outcome = failed(await run())
  expect(outcome).toMatchObject({ kind: 'terminal', reason })
  expect(outcome.discarded).toBe([...provider.refreshTokens.keys()].at(-1))
  expect(outcome.discarded).not.toBe(refreshToken)
  expectNoSecrets(outcome.error, provider.secrets)
})

test('A-30 a resource that is none is the caller’s mistake, before anything is sent', async () => {
  const { run, provider } = await signedIn()
  const before = provider.log.length
  await expect(run({ resource: ['/relative'] })).rejects.toThrow(TypeError)
  expect(provider.log.length).toBe(before)
})

test('T-16 an empty 400 after a lost answer is answer_lost, at once', async () => {
  const { run, provider } = await signedIn()
  provider.next('token', behaviours.dropAfterActing)
  const { history } = failed(await run()) as { history: RefreshHistory }
  provider.next('token', status(400))
  expect(failed(await run({ history }))).toMatchObject({ kind: 'terminal', reason: 'answer_lost' })
})

test('F15 a session whose own scope is refused three times is over', async () => {
  const { run, provider } = await signedIn()
  provider.always('token', () => refusal('invalid_scope', 400, 'Not any more.'))
  expect(failed(await run({ history: refusedSoFar(2) }))).toMatchObject({
    kind: 'terminal',
    reason: 'refresh_refused',
    error: { error: 'invalid_scope', errorDescription: 'Not any more.' },
  })
})

describe('F33 an answer that is refused for its form', () => {
  const odd = async (change: Partial<Refresh>) => {
    const made = await signedIn()
    made.provider.tokenResponse = { token_type: 'N_A' }
    const outcome = failed(await made.run(change))
    return { ...made, outcome, latest: [...made.provider.refreshTokens.keys()].at(-1) }
  }

  test.each<[string, Partial<Refresh>]>([
    ['the session’s own', {}],
    ['a narrowed one', { narrowed: true, scope: 'openid' }],
  ])('F33 tells the refresh token to go on with: %s', async (_, change) => {
    const { outcome, latest, refreshToken } = await odd(change)
    expect(outcome).toMatchObject({ newest: latest })
    expect(latest).not.toBe(refreshToken)
  })

  test('F33 is no lost answer: the next refusal has its own reason', async () => {
    const { outcome, run, provider } = await odd({ history: lost(0) })
    expect(outcome).toMatchObject({ kind: 'transient', history: { ambiguous: false, refusals: 1 } })
    const { history, newest } = outcome as { history: RefreshHistory; newest: string }
    provider.next('token', () => refusal('invalid_grant'))
    const next = failed(await run({ history, refreshToken: newest }))
    expect(next).toMatchObject({ kind: 'terminal', reason: 'invalid_grant' })
  })

  test('F33 ends the session at the third, with the newest refresh token to be revoked', async () => {
    const { outcome, latest } = await odd({ history: refusedSoFar(2) })
    expect(outcome).toMatchObject({
      kind: 'terminal',
      reason: 'refresh_refused',
      discarded: latest,
    })
  })
})

test.each<[string, Behaviour]>([
  ['no answer', behaviours.offline],
  ['503', status(503)],
  ['an answer without a token', () => json({})],
  ['a bare 400', status(400)],
])('F4 a narrowed request that meets %s writes nothing into the history', async (_, behaviour) => {
  const { run, provider } = await signedIn()
  for (const history of [CLEAN_HISTORY, refusedSoFar(2), lost(1)]) {
    provider.next('token', behaviour)
    const outcome = failed(await run({ history, narrowed: true, scope: 'openid' }))
    expect(outcome.kind).not.toBe('terminal')
    if (outcome.kind === 'transient') expect(outcome.history).toEqual(history)
  }
})

test('P4 a refreshed ID token that is odd is noted in the outcome', async () => {
  const { run, provider, clock } = await signedIn()
  clock.now += 3_600_000
  provider.idToken.claims = { auth_time: 5 }
  const outcome = await run()
  const notes = outcome.kind === 'refreshed' ? outcome.grant.notes! : []
  expect(notes.map((note) => note.message)).toEqual([expect.stringContaining('auth_time')])
})

function refusedSoFar(refusals: number): RefreshHistory {
  return { ambiguous: false, refusals }
}

function lost(refusals: number): RefreshHistory {
  return { ambiguous: true, refusals }
}
