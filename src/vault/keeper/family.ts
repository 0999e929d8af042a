import type { IdTokenClaims, ServerMetadata } from '../../oauth/types.ts'
import type { RefreshHistory } from '../../renewal/verdict.ts'
import { CoolDown } from './cool-down.ts'
import type { HeldToken } from '../held-token.ts'
import type { UserClaims } from '../vault.ts'

/**
 * One refresh token family (RFC 9700 §4.14.2): everything that one sign-in gave, bound for good to the
 * endpoints it came from. The object's identity is the commit guard: an answer that comes back to
 * another family, or to none, is discarded.
 */
export interface Family {
  readonly id: string
  readonly metadata: ServerMetadata
  readonly offset: number
  refreshToken: string | undefined
  idToken: string | undefined
  claims: IdTokenClaims
  tokens: Map<string, HeldToken>
  history: RefreshHistory
  /** Grows with every change, so that tabs that share the family know who is ahead. */
  revision: number
  readonly coolDown: CoolDown
  readonly inFlight: Map<string, Promise<HeldToken>>
  /** Requests of one family go one after another: each may spend the refresh token. */
  queue: Promise<unknown>
  /** Its refresh token came from another tab, not from the provider. */
  adopted: boolean
  /** Over, or taken over by another user: late refresh tokens are revoked. */
  abandoned: boolean
}

type FamilyStart = Pick<
  Family,
  'id' | 'metadata' | 'offset' | 'refreshToken' | 'idToken' | 'claims'
> &
  Partial<Pick<Family, 'history' | 'revision' | 'adopted'>> & { tokens: HeldToken[] }

export function startFamily({ tokens, ...start }: FamilyStart): Family {
  return {
    history: { ambiguous: false, refusals: 0 },
    revision: 1,
    adopted: false,
    ...start,
    tokens: new Map(tokens.map((token) => [token.key, token])),
    coolDown: new CoolDown(),
    inFlight: new Map(),
    queue: Promise.resolve(),
    abandoned: false,
  }
}

/** Members of an ID token that speak of the token, not of the user: they change with every refresh. */
const OF_THE_TOKEN = new Set('aud exp iat nbf nonce at_hash c_hash s_hash azp jti rat'.split(' '))

export function userOf(claims: IdTokenClaims): UserClaims {
  return Object.fromEntries(
    Object.entries(claims).filter(([name]) => !OF_THE_TOKEN.has(name)),
  ) as UserClaims
}
