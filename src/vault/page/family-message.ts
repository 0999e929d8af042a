import { isSeconds, isText, type JsonObject } from '../../oauth/json.ts'
import { checkMetadata } from '../../oauth/metadata.ts'
import { readTokenResponse } from '../../oauth/token-response.ts'
import type { IdTokenClaims } from '../../oauth/types.ts'
import { EXPIRY_REASONS, type RefreshHistory } from '../../renewal/verdict.ts'
import type { FamilySnapshot } from '../keeper/family.ts'
import type { IssuedToken, SessionEnd } from '../vault.ts'

/** What tabs that share a session tell each other. */
export type FamilyMessage =
  /** Asks the tabs that have a session for it. */
  | { type: 'who' }
  | { type: 'family'; family: FamilySnapshot }
  | { type: 'expired'; id: string; end: SessionEnd }

/**
 * Any script of the origin can write on the channel: everything is copied member by member.
 * @returns undefined for what is no message of ours, or speaks of another issuer
 */
export function parseFamilyMessage(message: unknown, issuer: string): FamilyMessage | undefined {
  if (!isObject(message)) return undefined
  const { type, id } = message
  if (type === 'who') return { type }
  if (type === 'expired') {
    const end = parseEnd(message['end'])
    return end && isText(id) ? { type, id, end } : undefined
  }
  if (type !== 'family') return undefined
  try {
    return { type, family: parseSnapshot(message['family'], issuer) }
  } catch {
    return undefined
  }
}

/** @throws TypeError, AuthError unless it is a family of this issuer */
function parseSnapshot(value: unknown, issuer: string): FamilySnapshot {
  if (!isObject(value)) throw new TypeError('not a family')
  const { id, metadata, clockOffset, refreshToken, idToken, revision, tokens } = value
  if (
    !isText(id) ||
    !isFinite(clockOffset) ||
    !Number.isSafeInteger(revision) ||
    !isTextOrAbsent(refreshToken) ||
    !isTextOrAbsent(idToken) ||
    !Array.isArray(tokens)
  ) {
    throw new TypeError('not a family')
  }
  const claims = parseClaims(value['claims'])
  return {
    id,
    clockOffset,
    refreshToken,
    idToken,
    claims,
    revision: Number(revision),
    history: parseHistory(value['history']),
    maybeSpent: value['maybeSpent'] === true,
    metadata: checkMetadata(issuer, metadata),
    tokens: tokens.map((token) => parseToken(token, claims.sub)),
  }
}

/** Of the error only the provider's words, which were cut and cleaned where they came in. */
function parseEnd(value: unknown): SessionEnd | undefined {
  if (!isObject(value)) return undefined
  const reason = EXPIRY_REASONS.find((known) => known === value['reason'])
  if (!reason) return undefined
  if (!isObject(value['error'])) return { reason }
  const { status, error, errorDescription } = value['error']
  return {
    reason,
    error: {
      code: 'refresh_refused',
      message: 'The session ended in another tab.',
      ...(isSeconds(status) && { status }),
      ...(isText(error) && { error }),
      ...(isText(errorDescription) && { errorDescription }),
    },
  }
}

/** They were checked where the provider's answer came in: here only that they are claims. */
function parseClaims(value: unknown): IdTokenClaims {
  if (!isObject(value)) throw new TypeError('not claims')
  const { iss, sub, aud, exp, iat } = value
  const audience = typeof aud === 'string' ? aud : Array.isArray(aud) ? aud.map(String) : undefined
  if (!isText(iss) || !isText(sub) || !audience || !isSeconds(exp) || !isSeconds(iat)) {
    throw new TypeError('not claims')
  }
  return { ...value, iss, sub, aud: audience, exp, iat }
}

function parseHistory(value: unknown): RefreshHistory {
  if (!isObject(value)) throw new TypeError('not a history')
  const { ambiguous, refusals } = value
  if (typeof ambiguous !== 'boolean' || !isSeconds(refusals)) throw new TypeError('not a history')
  return { ambiguous, refusals }
}

function parseToken(value: unknown, subject: string): IssuedToken {
  if (!isObject(value)) throw new TypeError('not a token')
  const { key, response, lifetime, sentAt, age } = value
  if (
    typeof key !== 'string' ||
    !isObject(response) ||
    !isSeconds(lifetime) ||
    !isSeconds(sentAt) ||
    !isSeconds(age)
  ) {
    throw new TypeError('not a token')
  }
  return {
    subject,
    key,
    lifetime,
    sentAt,
    age,
    // Its scope is there already: what was granted is in every response.
    response: readTokenResponse(response, '').response,
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isFinite(value: unknown): value is number {
  return Number.isFinite(value)
}

function isTextOrAbsent(value: unknown): value is string | undefined {
  return value === undefined || isText(value)
}
