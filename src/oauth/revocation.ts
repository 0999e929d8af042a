import { revocationRequest } from 'oauth4webapi'
import { AuthError } from '../errors.ts'
import { isRevoked } from './normalize-answer.ts'
import { libraryArguments, type RelyingParty } from './relying-party.ts'
import { requestJson } from './request-json.ts'

/**
 * RFC 7009 §2.1. @returns whether the provider revoked it, or did not know it; false where it offers no
 * revocation or refuses this one. @throws AuthError when that stays open (§2.2.1: a 503 means still valid)
 */
export async function revokeToken(
  party: Omit<RelyingParty, 'keys'>,
  refreshToken: string,
): Promise<boolean> {
  if (!party.metadata.revocation_endpoint) return false
  const { as, client, auth } = libraryArguments(party)
  const additionalParameters = { token_type_hint: 'refresh_token' }
  try {
    await requestJson(
      party.context,
      (options) =>
        revocationRequest(as, client, auth, refreshToken, { ...options, additionalParameters }),
      // Signing out goes with leaving the page.
      { refusal: 'authorization_failed', keepalive: true },
    )
    return true
  } catch (error) {
    if (!(error instanceof AuthError)) throw error
    if (isRevoked(error.status)) return true
    if (error.code === 'authorization_failed') return false
    throw error
  }
}
