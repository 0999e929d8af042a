import type { IdTokenClaims } from '../../oauth/types.ts'
import type { UserClaims } from '../vault.ts'

/** Members of an ID token that speak of the token, not of the user: they change with every refresh. */
const TOKEN_CLAIMS = new Set([
  'aud',
  'exp',
  'iat',
  'nbf',
  'nonce',
  'at_hash',
  'c_hash',
  's_hash',
  'azp',
  'jti',
  'rat',
])

export function userOf({ sub, ...claims }: IdTokenClaims): UserClaims {
  const ofTheUser = Object.entries(claims).filter(([name]) => !TOKEN_CLAIMS.has(name))
  return { sub, ...Object.fromEntries(ofTheUser) }
}

/** Compared as it is told to the page: a claim that moved its place counts as changed, and costs one event. */
export function sameUserClaims(one: IdTokenClaims, other: IdTokenClaims): boolean {
  return JSON.stringify(userOf(one)) === JSON.stringify(userOf(other))
}

/** Members that say how and for whom a user signed in: only an ID token can, and the next one is compared with them. */
const SIGN_IN_CLAIMS = ['iss', 'auth_time', 'acr', 'amr', 'sid']

/** What UserInfo adds. It contradicts no ID token: that is the one answer which was bound to this sign-in. */
export function withUserInfo(
  claims: IdTokenClaims,
  userInfo: Record<string, unknown>,
): IdTokenClaims {
  const added = Object.entries(userInfo).filter(
    ([name]) => !TOKEN_CLAIMS.has(name) && !SIGN_IN_CLAIMS.includes(name),
  )
  return { ...Object.fromEntries(added), ...claims }
}
