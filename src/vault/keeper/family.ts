import type { TokenGrant } from '../../oauth/grant-result.ts'
import type { IdTokenClaims } from '../../oauth/types.ts'
import { remaining, type Instant } from '../../renewal/lifetime.ts'
import { CLEAN_HISTORY, type RefreshHistory } from '../../renewal/verdict.ts'
import type { HeldToken } from '../held-token.ts'
import { CoolDown } from './cool-down.ts'
import { toHeldToken } from '../issued-token.ts'
import type { TokenOrigin } from './party-of.ts'
import { RequestQueue } from './request-queue.ts'

/** Tokens of so many needs are held; the session's own besides. */
const MAX_TOKENS = 1000

/** What never changes: a family is bound for good to the endpoints its sign-in came from. */
export interface FamilyOrigin extends TokenOrigin {
  readonly id: string
  /** Provider time minus device time when the user signed in, ms. */
  readonly clockOffset: number
}

/** What a family holds. Replaced whole with every change, by the family alone. */
export interface FamilyContents {
  readonly refreshToken: string | undefined
  readonly idToken: string | undefined
  readonly claims: IdTokenClaims
  /** What failed requests have shown of the refresh token. */
  readonly history: RefreshHistory
  /** Grows with every change, so that tabs that share the family know who is ahead. */
  readonly revision: number
  readonly tokens: ReadonlyMap<string, HeldToken>
  /** Its refresh token came from another tab, not from the provider. */
  readonly adopted: boolean
}

/**
 * One refresh token family (RFC 9700 §4.14.2): everything that one sign-in gave. The object's identity is the
 * commit guard: an answer that comes back to another family, or to none, is discarded.
 */
export class Family {
  readonly origin: FamilyOrigin
  readonly coolDown = new CoolDown()
  readonly requests = new RequestQueue<HeldToken | undefined>()
  #contents: FamilyContents

  constructor(origin: FamilyOrigin, contents: FamilyContents) {
    this.origin = origin
    this.#contents = contents
  }

  /** What a sign-in gave. */
  static signedIn(
    origin: FamilyOrigin,
    { refreshToken, response, claims }: TokenGrant & { claims: IdTokenClaims },
    sentAt: Instant,
  ): Family {
    const token = toHeldToken(claims.sub, '', response, sentAt)
    return new Family(origin, {
      refreshToken,
      idToken: response.id_token,
      claims,
      history: CLEAN_HISTORY,
      revision: 1,
      tokens: new Map([['', token]]),
      adopted: false,
    })
  }

  get contents(): FamilyContents {
    return this.#contents
  }

  get subject(): string {
    return this.#contents.claims.sub
  }

  /** Monotonic: when the last request was sent that gave a token. The wall clock may have been set since. */
  get latestRequestAt(): number {
    return Math.max(...[...this.#contents.tokens.values()].map(({ sentAt }) => sentAt.mono))
  }

  /** @param spent the refresh token that was sent */
  commit(
    key: string,
    { response, claims, refreshToken }: TokenGrant,
    sentAt: Instant,
    spent: string,
  ): HeldToken {
    const before = this.#contents
    const token = toHeldToken(this.subject, key, response, sentAt)
    this.#contents = {
      // New, same and omitted refresh tokens are all normal (RFC 6749 §6). One that another tab got meanwhile is newer.
      refreshToken: before.refreshToken === spent ? (refreshToken ?? spent) : before.refreshToken,
      idToken: response.id_token ?? before.idToken,
      // What a refreshed ID token leaves out still holds: it is compared with the first (Core §12.2).
      claims: { ...before.claims, ...claims },
      history: CLEAN_HISTORY,
      revision: before.revision + 1,
      tokens: withToken(before.tokens, token, sentAt),
      adopted: false,
    }
    this.coolDown.succeeded(key)
    return token
  }

  /** Whether a sign-in that gave no refresh token is the same user's, so that the one of this family serves on. */
  keepsRefreshToken({ refreshToken, claims }: TokenGrant & { claims: IdTokenClaims }): boolean {
    return (
      refreshToken === undefined &&
      this.#contents.refreshToken !== undefined &&
      claims.sub === this.subject
    )
  }

  /**
   * The same user signed in again, and the provider gave no new refresh token, as many do unless the user consents
   * again: the one that is there goes on. Other access tokens are of the sign-in before (RFC 9470 §6).
   */
  signedInAgain(
    { response, claims }: TokenGrant & { claims: IdTokenClaims },
    sentAt: Instant,
  ): void {
    const before = this.#contents
    const { nonce } = before.claims
    this.#contents = {
      ...before,
      idToken: response.id_token ?? before.idToken,
      // What the one that goes on refreshes has the nonce of its own sign-in (OpenID Connect Core §12.2).
      claims: { ...claims, ...(nonce !== undefined && { nonce }) },
      revision: before.revision + 1,
      tokens: new Map([['', toHeldToken(this.subject, '', response, sentAt)]]),
    }
    this.coolDown.succeeded('')
  }

  /** A refresh gave a refresh token and no access token that counts. @param spent the one that was sent */
  rotate(newest: string | undefined, spent: string): void {
    const { refreshToken, revision } = this.#contents
    if (newest === undefined || refreshToken !== spent) return
    this.#contents = { ...this.#contents, refreshToken: newest, revision: revision + 1 }
  }

  /** What a failed refresh said of the refresh token. */
  remember(history: RefreshHistory): void {
    this.#contents = { ...this.#contents, history }
  }

  /** Another tab is ahead with this very family: what it holds counts. */
  follow(contents: FamilyContents): void {
    this.#contents = contents
  }
}

/** The session's own stays, so that what was granted is known: others are forgotten when they are over, or too many. */
function withToken(
  tokens: ReadonlyMap<string, HeldToken>,
  token: HeldToken,
  now: Instant,
): ReadonlyMap<string, HeldToken> {
  const own = tokens.get('')
  const others = [...tokens].filter(
    ([key, old]) => key !== '' && key !== token.key && remaining(old, now) > 0,
  )
  return new Map([
    ...(own ? [['', own] as const] : []),
    ...others.slice(1 - MAX_TOKENS),
    [token.key, token],
  ])
}
