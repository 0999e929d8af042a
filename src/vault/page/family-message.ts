import { checkMetadata } from '../../oauth/metadata.ts'
import { readTokenResponse } from '../../oauth/token-response.ts'
import type { IdTokenClaims } from '../../oauth/types.ts'
import { EXPIRY_REASONS, type ExpiryReason } from '../../renewal/expiry-reason.ts'
import type { RefreshHistory } from '../../renewal/verdict.ts'
import type { FamilySnapshot } from '../keeper/family-snapshot.ts'
import { anyObject, mistakeError, object, optional, seconds, text, texts } from '../parse.ts'
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
    const { type, id, family, end } = anyObject(message, 'message')
    switch (type) {
      case 'who':
        return { type }
      case 'family':
        return { type, family: parseSnapshot(family, issuer) }
      case 'signed-out':
        return { type, id: text(id, 'id') }
      case 'expired':
        return { type, id: text(id, 'id'), end: parseEnd(end, 'end') }
      default:
        return undefined
    }
  } catch {
    return undefined
  }
}

/** @throws TypeError, AuthError unless it is a family of this issuer */
function parseSnapshot(value: unknown, issuer: string): FamilySnapshot {
  const snapshot = object<FamilySnapshot>({
    id: text,
    clockOffset: number,
    refreshToken: optional(text),
    idToken: optional(text),
    claims: parseClaims,
    revision(value, name) {
      // Nothing comes after one that is not safe.
      if (Number.isSafeInteger(value)) return value as number
      throw mistakeError(name, 'an integer')
    },
    history: object<RefreshHistory>({
      ambiguous: boolean,
      refusals: seconds,
      maybeSpent: optional(boolean),
    }),
    metadata: (value) => checkMetadata(issuer, value),
    tokens(value, name) {
      if (!Array.isArray(value)) throw mistakeError(name, 'a list')
      return value.map((token) => parseToken(token, name))
    },
  })(value, 'family')
  const subject = snapshot.claims.sub
  return { ...snapshot, tokens: snapshot.tokens.map((token) => ({ ...token, subject })) }
}

/** Of the error only the provider's words, which were cut and cleaned where they came in. */
const parseEnd = object<SessionEnd>({
  reason(value, name) {
    if (isExpiryReason(value)) return value
    throw mistakeError(name, 'one that is known')
  },
  error: optional(
    object<NonNullable<SessionEnd['error']>>({
      code: () => 'refresh_refused',
      message: () => 'The session ended in another tab.',
      retryAfter: () => undefined,
      status: optional(seconds),
      error: optional(text),
      errorDescription: optional(text),
    }),
  ),
})

function isExpiryReason(value: unknown): value is ExpiryReason {
  return EXPIRY_REASONS.some((reason) => reason === value)
}

/** They were checked where the provider's answer came in: here only that they are claims. */
function parseClaims(value: unknown, name: string): IdTokenClaims {
  const claims = anyObject(value, name)
  const ofTheToken = object<Pick<IdTokenClaims, 'iss' | 'sub' | 'aud' | 'exp' | 'iat'>>({
    iss: text,
    sub: text,
    aud: (aud, name) => (typeof aud === 'string' ? aud : texts(aud, name)),
    exp: seconds,
    iat: seconds,
  })
  return { ...claims, ...ofTheToken(claims, name) }
}

const parseToken = object<IssuedToken>({
  // Whose it is, the claims beside it say.
  subject: () => '',
  key(value, name) {
    if (typeof value === 'string') return value
    throw mistakeError(name, 'a string')
  },
  lifetime: seconds,
  sentAt: seconds,
  age: seconds,
  // No scope is assumed: what was granted is in every response.
  response: (value, name) => readTokenResponse(anyObject(value, name), '').response,
})

function number(value: unknown, name: string): number {
  if (Number.isFinite(value)) return value as number
  throw mistakeError(name, 'a number')
}

function boolean(value: unknown, name: string): boolean {
  if (typeof value === 'boolean') return value
  throw mistakeError(name, 'a boolean')
}
