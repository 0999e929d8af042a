import type { ClientConfig, ServerMetadata } from './types.ts'

/**
 * OpenID Connect RP-Initiated Logout §2. Without `state`: whatever comes back, the user is signed out here.
 * @returns undefined where the provider has no such endpoint
 */
export function endSessionUrl(
  client: ClientConfig,
  { end_session_endpoint }: ServerMetadata,
  { idTokenHint, postLogoutRedirectUri }: { idTokenHint?: string; postLogoutRedirectUri?: string },
): string | undefined {
  if (!end_session_endpoint) return undefined
  const url = new URL(end_session_endpoint)
  url.searchParams.set('client_id', client.clientId)
  if (idTokenHint) url.searchParams.set('id_token_hint', idTokenHint)
  if (postLogoutRedirectUri) {
    url.searchParams.set('post_logout_redirect_uri', postLogoutRedirectUri)
  }
  return url.href
}
