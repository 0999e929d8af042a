import { isSeconds, type JsonObject } from '../../oauth/json.ts'
import { checkMetadata } from '../../oauth/metadata.ts'
import { readTokenResponse } from '../../oauth/token-response.ts'
import type { IdTokenClaims } from '../../oauth/types.ts'
import { EXPIRY_REASONS } from '../../renewal/expiry-reason.ts'
import type { RefreshHistory } from '../../renewal/verdict.ts'
import type { FamilySnapshot } from '../keeper/family-snapshot.ts'
import {
  mistakeError,
  parseMembers,
  parseOptionalList,
  parseOptionalText,
  parseText,
} from '../parse.ts'
import type { IssuedToken, SessionEnd } from '../vault.ts'

/** What tabs that share a session tell each other. */
export type FamilyMessage =
  /** Asks the tabs that have a session for it. */
  | { type: 'who' }
  | { type: 'family'; family: FamilySnapshot }
  | { type: 'signed-out'; id: string }
  | { type: 'expired'; id: string; end: SessionEnd }

/**
 * Any script of the origin can write on the channel: everything is copied member by member.
 * @returns undefined for what is no message of ours, or speaks of another issuer
 */
export function parseFamilyMessage(message: unknown, issuer: string): FamilyMessage | undefined {
  try {
    return parseMessage(parseMembers(message, 'message'), issuer)
  } catch {
    return undefined
  }
}

function parseMessage(message: JsonObject, issuer: string): FamilyMessage | undefined {
  const { type } = message
  switch (type) {
    case 'who':
      return { type }
    case 'family':
      return { type, family: parseSnapshot(message['family'], issuer) }
    case 'signed-out':
      return { type, id: parseText(message, 'id') }
    case 'expired':
      return { type, id: parseText(message, 'id'), end: parseEnd(message['end']) }
    default:
      return undefined
  }
}

/** @throws TypeError, AuthError unless it is a family of this issuer */
function parseSnapshot(value: unknown, issuer: string): FamilySnapshot {
  const family = parseMembers(value, 'family')
  const { clockOffset, revision, tokens } = family
  if (typeof clockOffset !== 'number' || !Number.isFinite(clockOffset)) {
    throw mistakeError('clockOffset', 'a number')
  }
  // Nothing comes after one that is not safe.
  if (typeof revision !== 'number' || !Number.isSafeInteger(revision)) {
    throw mistakeError('revision', 'an integer')
  }
  if (!Array.isArray(tokens)) throw mistakeError('tokens', 'a list')
  const claims = parseClaims(family['claims'])
  return {
    id: parseText(family, 'id'),
    clockOffset,
    refreshToken: parseOptionalText(family, 'refreshToken'),
    idToken: parseOptionalText(family, 'idToken'),
    claims,
    revision,
    history: parseHistory(family['history']),
    maybeSpent: family['maybeSpent'] === true,
    metadata: checkMetadata(issuer, family['metadata']),
    tokens: tokens.map((token) => parseToken(token, claims.sub)),
  }
}

/** Of the error only the provider's words, which were cut and cleaned where they came in. */
function parseEnd(value: unknown): SessionEnd {
  const end = parseMembers(value, 'end')
  const reason = EXPIRY_REASONS.find((known) => known === end['reason'])
  if (!reason) throw mistakeError('reason', 'one that is known')
  if (end['error'] === undefined) return { reason }
  const error = parseMembers(end['error'], 'error')
  return {
    reason,
    error: {
      code: 'refresh_refused',
      message: 'The session ended in another tab.',
      status: error['status'] === undefined ? undefined : parseSeconds(error, 'status'),
      error: parseOptionalText(error, 'error'),
      errorDescription: parseOptionalText(error, 'errorDescription'),
    },
  }
}

/** They were checked where the provider's answer came in: here only that they are claims. */
function parseClaims(value: unknown): IdTokenClaims {
  const claims = parseMembers(value, 'claims')
  const { aud } = claims
  return {
    ...claims,
    iss: parseText(claims, 'iss'),
    sub: parseText(claims, 'sub'),
    aud: typeof aud === 'string' ? aud : (parseOptionalList(claims, 'aud') ?? []),
    exp: parseSeconds(claims, 'exp'),
    iat: parseSeconds(claims, 'iat'),
  }
}

function parseHistory(value: unknown): RefreshHistory {
  const history = parseMembers(value, 'history')
  const { ambiguous } = history
  if (typeof ambiguous !== 'boolean') throw mistakeError('ambiguous', 'a boolean')
  return { ambiguous, refusals: parseSeconds(history, 'refusals') }
}

function parseToken(value: unknown, subject: string): IssuedToken {
  const token = parseMembers(value, 'token')
  const { key } = token
  if (typeof key !== 'string') throw mistakeError('key', 'a string')
  return {
    subject,
    key,
    lifetime: parseSeconds(token, 'lifetime'),
    sentAt: parseSeconds(token, 'sentAt'),
    age: parseSeconds(token, 'age'),
    // No scope is assumed: what was granted is in every response.
    response: readTokenResponse(parseMembers(token['response'], 'response'), '').response,
  }
}

/** A duration, an instant or a count. */
function parseSeconds(object: JsonObject, name: string): number {
  const value = object[name]
  if (!isSeconds(value)) throw mistakeError(name, 'a number, 0 or more')
  return value
}
