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
