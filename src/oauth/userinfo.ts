import { userInfoRequest } from 'oauth4webapi'
import { AuthError } from '../errors.ts'
import { isText, type JsonObject } from './json.ts'
import { userMismatchError } from './protocol-errors.ts'
import { libraryArguments, type RelyingParty } from './relying-party.ts'
import { requestJson } from './request-json.ts'

type UserInfoClaims = JsonObject & { sub: string }

/** UserInfo (OpenID Connect Core §5.3). A signed answer is refused: it is not what was asked for. */
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
  const dpop = party.dpop && { DPoP: party.dpop }
  const claims = await requestJson(party.context, 'authorization_failed', (options) =>
    userInfoRequest(as, client, accessToken, { ...options, ...dpop }),
  )
  const { sub } = claims
  if (!isText(sub)) throw new AuthError('invalid_response', { message: 'UserInfo has no sub.' })
  return { ...claims, sub }
}
