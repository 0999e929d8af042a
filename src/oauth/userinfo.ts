import { AuthError } from '../errors.ts'
import { requestJson } from './http.ts'
import { isText, type JsonObject } from './json.ts'
import type { RelyingParty } from './relying-party.ts'

type UserInfoClaims = JsonObject & { sub: string }

/** UserInfo (OpenID Connect Core §5.3). A signed answer is refused: it is not what was asked for. */
export async function fetchUserInfo(
  party: RelyingParty,
  accessToken: string,
  subject: string,
): Promise<UserInfoClaims> {
  const claims = await requestUserInfo(party, accessToken)
  // §5.3.2: another `sub`, and nothing of the answer is used.
  if (claims.sub !== subject) {
    throw new AuthError('user_mismatch', { message: 'UserInfo is about somebody else: discarded.' })
  }
  return claims
}

/** Without the check: only where there is no subject yet. */
export async function requestUserInfo(
  { context, metadata: { userinfo_endpoint: url } }: RelyingParty,
  accessToken: string,
): Promise<UserInfoClaims> {
  if (!url) {
    throw new AuthError('unsupported_provider', {
      message: 'The provider has no userinfo_endpoint.',
    })
  }
  const claims = await requestJson(context, url, 'authorization_failed', {
    bearerToken: accessToken,
  })
  if (!isText(claims['sub'])) {
    throw new AuthError('invalid_response', { message: 'UserInfo has no sub.' })
  }
  return claims as UserInfoClaims
}
