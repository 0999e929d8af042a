import type { AuthErrorJSON } from '../../errors.ts'
import type { TokenGrant } from '../../oauth/grant-result.ts'
import type { IdTokenClaims } from '../../oauth/types.ts'
import { lifetimeOf } from '../../renewal/expires-in.ts'
import { remaining } from '../../renewal/lifetime.ts'
import { CLEAN_HISTORY, type RefreshHistory } from '../../renewal/verdict.ts'

/** An access token as a session holds it. It serves longer, or is renewed earlier, by as much as the clocks of two instances differ. */
export interface StoredToken {
  accessToken: string
  tokenType: string
  scope: string
  /** When it was asked for, ms since 1970. */
  sentAt: number
  /** Milliseconds from then. */
  lifetime: number
  /** The session's when it came: of two tokens for one need the higher is the newer. */
  generation: number
}

/** After a failure no request goes out for a while, from no instance: it stands in the session. */
export interface Pause {
  /** ms since 1970, by the clock of who wrote it. How long it lasts the store knows. */
  until: number
  /** In a row. */
  failures: number
  error: AuthErrorJSON
  /** The provider refused this scope or resource: waiting does not change that. */
  refused: boolean
}

/** What one sign-in gave: everything in the record that the store itself cannot read. Plain JSON. */
export interface SessionContents {
  refreshToken?: string
  /** Of sessions of the same user that this one replaced, the newest first: they are revoked with it. */
  replaced?: readonly string[]
  /** The last one as it came: the `id_token_hint` of a logout. */
  idToken?: string
  /** Of the last ID token: the next one is compared with them. */
  claims: IdTokenClaims
  /** What UserInfo added at sign-in. */
  userInfo?: Record<string, unknown>
  /** One more with each answer of the token endpoint. */
  generation: number
  history: RefreshHistory
  /** By the key of the need; `''` is the session's own. */
  tokens: Record<string, StoredToken>
  /** By the key of the need; the one under `''` holds for all. */
  pauses: Record<string, Pause>
}

/** So many replaced refresh tokens wait for the end of a session; older ones live until they expire. */
const MAX_REPLACED = 5

export function withReplaced(
  contents: SessionContents,
  refreshTokens: readonly string[],
): SessionContents {
  const replaced = new Set([...refreshTokens, ...(contents.replaced ?? [])])
  return { ...contents, replaced: [...replaced].slice(0, MAX_REPLACED) }
}

/** All that is to be revoked when a session ends. */
export function refreshTokensOf({ refreshToken, replaced = [] }: SessionContents): string[] {
  return [...(refreshToken === undefined ? [] : [refreshToken]), ...replaced]
}

/** @param sentAt when the token request was sent, ms since 1970 */
export function newContents(
  grant: TokenGrant & { claims: IdTokenClaims },
  sentAt: number,
): SessionContents {
  const { claims } = grant
  const empty = { claims, generation: 0, history: CLEAN_HISTORY, tokens: {}, pauses: {} }
  return withGrant(empty, { key: '', grant, sentAt })
}

export interface ArrivedGrant {
  /** Of the need that it was asked for. */
  key: string
  grant: TokenGrant
  sentAt: number
}

/** Rotation is observed, not assumed: an answer without a refresh token keeps the one before (RFC 6749 §6). */
export function withGrant(
  before: SessionContents,
  { key, grant, sentAt }: ArrivedGrant,
): SessionContents {
  const { response, refreshToken, claims } = grant
  const generation = before.generation + 1
  const token: StoredToken = {
    accessToken: response.access_token,
    tokenType: response.token_type,
    scope: response.scope ?? '',
    sentAt,
    lifetime: lifetimeOf(response.expires_in),
    generation,
  }
  const { [key]: _, ...pauses } = before.pauses
  return {
    ...before,
    ...(refreshToken !== undefined && { refreshToken }),
    ...(response.id_token !== undefined && { idToken: response.id_token }),
    ...(claims && { claims }),
    generation,
    history: CLEAN_HISTORY,
    tokens: { ...before.tokens, [key]: token },
    pauses,
  }
}

/** Milliseconds that a token still holds; negative when it is over. */
export function validityOf({ sentAt, lifetime }: StoredToken, now: number): number {
  const at = (time: number) => ({ wall: time, mono: time })
  return remaining({ sentAt: at(sentAt), lifetime }, at(now))
}
