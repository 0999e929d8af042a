import { AuthError } from '../errors.ts'
import { send } from './http.ts'
import { isText, type JsonObject } from './json.ts'
import type { ClientConfig, OAuthContext, ServerMetadata } from './types.ts'

/** UserInfo (OpenID Connect Core §5.3). A signed answer is refused: it is not what was asked for. */
export async function userInfo(
  context: OAuthContext,
  _client: ClientConfig,
  metadata: ServerMetadata,
  accessToken: string,
  subject: string,
): Promise<JsonObject & { sub: string }> {
  const claims = await requestUserInfo(context, metadata, accessToken)
  // §5.3.2: another `sub`, and nothing of the answer is used.
  if (claims.sub !== subject) {
    throw new AuthError('user_mismatch', { message: 'UserInfo is about somebody else: discarded.' })
  }
  return claims
}

/** Without the check: only where there is no subject yet. */
export async function requestUserInfo(
  context: OAuthContext,
  { userinfo_endpoint: url }: ServerMetadata,
  accessToken: string,
): Promise<JsonObject & { sub: string }> {
  if (!url) {
    throw new AuthError('unsupported_provider', {
      message: 'The provider has no userinfo_endpoint.',
    })
  }
  const claims = await send(context, url, 'authorization_failed', {
    bearerToken: accessToken,
  })
  if (!isText(claims['sub'])) {
    throw new AuthError('invalid_response', { message: 'UserInfo has no sub.' })
  }
  return claims as JsonObject & { sub: string }
}
