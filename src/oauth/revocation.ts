import type { AuthError } from '../errors.ts'
import { requestJson } from './http.ts'
import type { RelyingParty } from './relying-party.ts'

/**
 * RFC 7009 §2.1. @returns whether the provider revoked it, or did not know it; false where it offers no
 * revocation or refuses this one. @throws AuthError when nobody can say (§2.2.1: a 503 means still valid)
 */
export async function revokeToken(
  { context, client, metadata: { revocation_endpoint: url } }: Omit<RelyingParty, 'keys'>,
  refreshToken: string,
): Promise<boolean> {
  if (!url) return false
  try {
    await requestJson(context, url, 'authorization_failed', {
      body: new URLSearchParams({
        token: refreshToken,
        token_type_hint: 'refresh_token',
        client_id: client.clientId,
      }),
      // Signing out goes with leaving the page.
      keepalive: true,
    })
    return true
  } catch (error) {
    const { code, status } = error as AuthError
    // §2.2: the body of a success is ignored, and mostly empty.
    if (status !== undefined && status < 300) return true
    if (code === 'authorization_failed') return false
    throw error
  }
}
