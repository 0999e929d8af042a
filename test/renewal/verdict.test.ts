import { describe, expect, test } from 'vitest'
import type { AuthErrorCode } from '../../src/errors.ts'
import type { ExpiryReason } from '../../src/renewal/expiry-reason.ts'
import { judge, type RefreshHistory } from '../../src/renewal/verdict.ts'

const NEW: RefreshHistory = { ambiguous: false, refusals: 0 }
const LOST: RefreshHistory = { ambiguous: true, refusals: 0 }
const REFUSED_TWICE: RefreshHistory = { ambiguous: false, refusals: 2 }

const ended = (reason: ExpiryReason) => ({ kind: 'terminal', reason })
const later = (ambiguous: boolean) => ({ kind: 'transient', ambiguous })
const unclear = (ambiguous: boolean) => ({ kind: 'transient', ambiguous, unclear: true })

describe('RFC 6749 §5.2 an error of the provider', () => {
  test.each([
    ['T-14 ', 'invalid_grant', ended('invalid_grant')],
    ['', 'invalid_client', ended('refresh_refused')],
    ['', 'unauthorized_client', ended('refresh_refused')],
    ['', 'unsupported_grant_type', ended('refresh_refused')],
    ['', 'interaction_required', ended('interaction_required')],
    ['', 'login_required', ended('interaction_required')],
    ['', 'consent_required', ended('interaction_required')],
    ['F15 ', 'invalid_scope', unclear(false)],
    ['F15 ', 'invalid_target', unclear(false)],
    ['U3 ', 'temporarily_unavailable', later(false)],
    ['U3 ', 'server_error', later(true)],
    ['U3 ', 'slow_down', later(false)],
    ['A-28 ', 'use_dpop_nonce', later(false)],
    ['A-27 ', 'invalid_dpop_proof', later(false)],
    ['U3 ', 'invalid_request', unclear(false)],
    ['U3 ', 'something_new', unclear(false)],
    ['U3 ', '', unclear(false)],
    ['', '__proto__', unclear(false)],
    ['', 'constructor', unclear(false)],
  ])('%sjudges the error %j', (_, error, verdict) => {
    expect(judge({ code: 'refresh_refused', status: 400, error }, NEW)).toEqual(verdict)
  })

  test('B-27 keeps the session where the credentials of a confidential client are refused', () => {
    const refused = { code: 'refresh_refused', status: 401, error: 'invalid_client' } as const
    for (const narrowed of [false, true]) {
      expect(judge(refused, LOST, narrowed, true)).toEqual(later(false))
    }
    expect(judge({ ...refused, error: 'invalid_grant' }, NEW, false, true)).toEqual(
      ended('invalid_grant'),
    )
  })

  test('U3 takes a bare 400 for unclear', () => {
    expect(judge({ code: 'refresh_refused', status: 400 }, NEW)).toEqual(unclear(false))
  })

  test('T-16 ends a session as answer_lost when invalid_grant follows a lost answer', () => {
    const failure = { code: 'refresh_refused', error: 'invalid_grant' } as const
    expect(judge(failure, LOST)).toEqual(ended('answer_lost'))
  })

  test('T-16 ends a session as answer_lost when an empty 400 follows a lost answer', () => {
    const empty = { code: 'refresh_refused', status: 400 } as const
    expect(judge(empty, LOST)).toEqual(ended('answer_lost'))
    expect(judge({ ...empty, status: 403 }, LOST)).toEqual(unclear(false))
    expect(judge({ ...empty, error: 'invalid_request' }, LOST)).toEqual(unclear(false))
    expect(judge(empty, LOST, true)).toEqual({ kind: 'need' })
  })

  test.each(['invalid_scope', 'invalid_target'])(
    'F15 ends a session whose own token is refused as %s for good',
    (error) => {
      const failure = { code: 'refresh_refused', status: 400, error } as const
      expect(judge(failure, REFUSED_TWICE)).toEqual(ended('refresh_refused'))
    },
  )

  test('F4 counts an answer that cannot be read to a narrowed request against that need alone', () => {
    const failure = { code: 'invalid_response', status: 200 } as const
    expect(judge(failure, NEW, true)).toEqual({ kind: 'need' })
    expect(judge(failure, REFUSED_TWICE, true)).toEqual({ kind: 'need' })
    expect(judge(failure, REFUSED_TWICE)).toEqual(ended('refresh_refused'))
  })

  test('takes no other refusal for a lost answer', () => {
    const failure = { code: 'refresh_refused', error: 'invalid_client' } as const
    expect(judge(failure, LOST)).toEqual(ended('refresh_refused'))
  })

  test.each(['refresh_refused', 'invalid_response'] as const)(
    'ends a session at the third unclear %s',
    (code) => {
      const history = (refusals: number) => ({ ...NEW, refusals })
      expect(judge({ code }, history(0)).kind).toBe('transient')
      expect(judge({ code }, history(1)).kind).toBe('transient')
      expect(judge({ code }, history(2))).toEqual(ended('refresh_refused'))
    },
  )

  test.each([
    ['', { kind: 'need' }],
    ['invalid_request', { kind: 'need' }],
    ['access_denied', { kind: 'need' }],
    ['something_new', { kind: 'need' }],
    ['unauthorized_client', { kind: 'need' }],
    ['unsupported_grant_type', { kind: 'need' }],
    ['invalid_scope', { kind: 'need' }],
    ['invalid_target', { kind: 'need' }],
    ['invalid_grant', { kind: 'need', doubtful: true }],
    ['invalid_client', { kind: 'need', doubtful: true }],
    ['interaction_required', { kind: 'need' }],
    ['login_required', { kind: 'need' }],
    ['consent_required', { kind: 'need' }],
    ['slow_down', later(false)],
  ])('T-12 W10 judges %j of a request for a scope or resource of its own', (error, verdict) => {
    const failure = { code: 'refresh_refused', status: 400, error } as const
    expect(judge(failure, NEW, true)).toEqual(verdict)
    expect(judge(failure, REFUSED_TWICE, true)).toEqual(verdict)
  })

  test('never counts out a provider that asks for time', () => {
    const failure = { code: 'refresh_refused', error: 'temporarily_unavailable' } as const
    expect(judge(failure, REFUSED_TWICE)).toEqual(later(false))
  })
})

describe('T-15 U3 another failure', () => {
  test.each<[AuthErrorCode, number | undefined, unknown]>([
    ['network', undefined, later(true)],
    ['timeout', undefined, later(true)],
    ['provider_unavailable', undefined, later(true)],
    ['provider_unavailable', 200, later(true)],
    ['provider_unavailable', 302, later(true)],
    ['provider_unavailable', 408, later(false)],
    ['provider_unavailable', 429, later(false)],
    ['provider_unavailable', 500, later(true)],
    ['provider_unavailable', 502, later(true)],
    ['provider_unavailable', 503, later(true)],
    ['unsupported_provider', 200, later(true)],
    ['invalid_response', 200, unclear(true)],
    ['user_mismatch', undefined, ended('user_changed')],
    ['id_token_invalid', undefined, ended('id_token_invalid')],
    ['signature_unverifiable', undefined, ended('id_token_invalid')],
  ])('judges %s with status %s', (code, status, verdict) => {
    expect(judge({ code, status }, NEW)).toEqual(verdict)
    if ((verdict as { kind: string }).kind === 'transient' && code !== 'invalid_response') {
      expect(judge({ code, status }, { ambiguous: true, refusals: 9 })).toEqual(verdict)
    }
  })
})
