import type { AuthError } from '../errors.ts'
import { audiencesOf, TOLERANCE_S } from './id-token-claims.ts'
import { isSeconds } from './json.ts'
import { invalidIdTokenError, oddIdTokenError, userMismatchError } from './protocol-errors.ts'
import type { IdTokenClaims, VerifiedIdToken } from './types.ts'

/** What a refreshed ID token may say, once it is clear about whom it is. */
export interface RefreshedIdToken {
  /** Where it differs and is about the same user, the claims before hold. */
  claims: IdTokenClaims
  /** What was odd about it, for diagnostics. Never a value. */
  notes: AuthError[]
}

/**
 * A refreshed ID token proves who, and no more (OpenID Connect Core §12.2): `iss`, `sub` and `aud` are those of the
 * first, and `iat` does not go back. A session does not end for anything else that a provider puts into it.
 * @param sincePreviousMs since the one before was asked for
 */
export function compareRefreshed(
  previous: IdTokenClaims,
  { claims, hashMatches }: VerifiedIdToken,
  sincePreviousMs = Infinity,
): RefreshedIdToken {
  if (claims.sub !== previous.sub) throw userMismatchError('The refresh')
  if (claims.iss !== previous.iss) throw invalidIdTokenError('iss', 'It is not that of the sign-in')
  if (!sameAudiences(claims.aud, previous.aud)) {
    throw invalidIdTokenError('aud', 'It is not that of the sign-in')
  }
  if (claims.iat < previous.iat - TOLERANCE_S) {
    throw invalidIdTokenError('iat', 'It is before that of the one before')
  }
  const odd = oddMembers(previous, claims)
  const kept = { ...claims }
  for (const name of odd) kept[name] = previous[name]
  const notes = odd.map((name) => oddIdTokenError(`${name} is not what it was`))
  if (!hashMatches) notes.push(oddIdTokenError('at_hash is of another access token'))
  // Two of one second are alike, and both are new.
  const couldBeOfOneSecond = sincePreviousMs < TOLERANCE_S * 1000
  if (claims.iat === previous.iat && claims.exp === previous.exp && !couldBeOfOneSecond) {
    notes.push(oddIdTokenError('it is the one before'))
  }
  return { claims: kept, notes }
}

function sameAudiences(one: unknown, other: unknown): boolean {
  const inOrder = (aud: unknown) =>
    JSON.stringify([...new Set(audiencesOf(aud).map(String))].sort())
  return inOrder(one) === inOrder(other)
}

/** The members that Core §12.2 has something to say about, and that do not follow it. */
function oddMembers(previous: IdTokenClaims, claims: IdTokenClaims): string[] {
  const { azp, nonce, auth_time, iat, exp } = claims
  const odd = {
    azp: azp !== previous.azp,
    nonce: nonce !== undefined && nonce !== previous.nonce,
    auth_time:
      auth_time !== undefined &&
      (!isSeconds(auth_time) || auth_time !== (previous.auth_time ?? auth_time)),
    exp: !isSeconds(exp) || exp <= iat,
  }
  return Object.entries(odd).flatMap(([name, isOdd]) => (isOdd ? [name] : []))
}
