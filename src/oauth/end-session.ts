import type { FrontChannelParty } from './relying-party.ts'

/**
 * OpenID Connect RP-Initiated Logout §2. Without `state`: whatever comes back, the user is signed out here.
 * @returns undefined where the provider has no such endpoint
 */
export function endSessionUrl(
  { client, metadata: { end_session_endpoint } }: FrontChannelParty,
  {
    idTokenHint,
    postLogoutRedirectUri,
  }: { idTokenHint?: string | undefined; postLogoutRedirectUri?: string | undefined },
): string | undefined {
  if (!end_session_endpoint) return undefined
  const url = new URL(end_session_endpoint)
  const parameters = {
    client_id: client.clientId,
    id_token_hint: idTokenHint,
    post_logout_redirect_uri: postLogoutRedirectUri,
  }
  for (const [name, value] of Object.entries(parameters)) {
    if (value) url.searchParams.set(name, value)
  }
  return url.href
}
