import { userInfoRequest } from 'oauth4webapi'
import { AuthError } from '../errors.ts'
import { audiencesOf } from './id-token-claims.ts'
import { expectedIssuer } from './issuer.ts'
import { isText, type JsonObject } from './json.ts'
import { isAsymmetric, readJwt } from './jwt.ts'
import { invalidUserInfoError, quote, userMismatchError } from './protocol-errors.ts'
import { libraryArguments, type RelyingParty } from './relying-party.ts'
import { requestJson, type RequestOptions } from './request-json.ts'
import { isSigned } from './signature.ts'

type UserInfoClaims = JsonObject & { sub: string }

/** UserInfo (OpenID Connect Core §5.3), as JSON or as a JWT that the provider signed. */
export async function fetchUserInfo(
  party: RelyingParty,
  accessToken: string,
  subject: string,
): Promise<UserInfoClaims> {
  const claims = await requestUserInfo(party, accessToken)
  // §5.3.2: another `sub`, and nothing of the answer is used.
  if (claims.sub !== subject) throw userMismatchError('UserInfo')
  return claims
}

/** Without the check: only where there is no subject yet. */
export async function requestUserInfo(
  party: RelyingParty,
  accessToken: string,
): Promise<UserInfoClaims> {
  if (!party.metadata.userinfo_endpoint) {
    throw new AuthError('unsupported_provider', {
      message: 'The provider has no userinfo_endpoint.',
    })
  }
  const { as, client } = libraryArguments(party)
  const build = (options: RequestOptions) => userInfoRequest(as, client, accessToken, options)
  const claims = await requestJson(party.context, party.dpop?.proven(build) ?? build, {
    refusal: 'authorization_failed',
    readJwt: (jwt) => readSignedUserInfo(party, jwt),
  })
  const { sub } = claims
  if (!isText(sub)) throw invalidUserInfoError('it has no sub')
  return { ...claims, sub }
}

/** §5.3.2: signed, it says from whom it is and for whom. */
async function readSignedUserInfo(party: RelyingParty, text: string): Promise<JsonObject> {
  const { header, claims } = readJwt(text) ?? {}
  const { alg, kid, crit } = header ?? {}
  if (!claims || typeof alg !== 'string' || !isAsymmetric(alg) || crit !== undefined) {
    throw new AuthError('unsupported_provider', {
      message: `UserInfo is a JWT with alg ${quote(alg)}: have the provider send JSON, or sign it with RS256.`,
    })
  }
  const { iss, aud, ...members } = claims
  if (iss !== expectedIssuer(party, claims)) throw invalidUserInfoError('iss')
  if (!audiencesOf(aud).includes(party.client.clientId)) {
    throw invalidUserInfoError('aud')
  }
  if (!(await isSigned(party, text, kid, [alg]))) {
    throw invalidUserInfoError('no key of the provider verifies its signature')
  }
  return members
}
