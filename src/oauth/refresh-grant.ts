import { AuthError } from '../errors.ts'
import { checkResource } from './endpoint.ts'
import { refuseGrant, type GrantResult, type TokenGrant } from './grant-result.ts'
import { checkIdToken, TOLERANCE } from './id-token.ts'
import { invalidIdTokenError } from './id-token-error.ts'
import type { RelyingParty } from './relying-party.ts'
import { requestTokens } from './token-request.ts'
import { readTokenResponse } from './token-response.ts'
import type { IdTokenClaims } from './types.ts'

export interface RefreshRequest {
  refreshToken: string
  scope?: string
  resource?: string[]
  /** Claims of the ID token before. */
  previous?: IdTokenClaims
  /** What the answer grants when it does not say. */
  requestedScope: string
}

/**
 * RFC 6749 §6, OpenID Connect Core §12. An answer that is refused for what it says of the user is thrown away
 * whole, and its refresh token is in the result, to be revoked; after any other error the old one may still live.
 */
export async function refreshTokens(
  party: RelyingParty,
  { refreshToken, scope, resource, previous, requestedScope }: RefreshRequest,
): Promise<GrantResult> {
  const request = {
    refusal: 'refresh_refused' as const,
    parameters: {
      grant_type: 'refresh_token',
      refresh_token: refreshToken,
      ...(scope !== undefined && { scope }),
    },
    resource: checkResource(resource),
  }
  let grant: TokenGrant
  try {
    grant = readTokenResponse(await requestTokens(party, request), requestedScope)
  } catch (error) {
    return refuseGrant(error)
  }
  try {
    return { ok: true, grant: await checkRefreshed(party, grant, previous) }
  } catch (error) {
    return refuseGrant(error, grant.refreshToken)
  }
}

/** While the provider's keys are out of reach, an answer counts, its ID token does not. */
async function checkRefreshed(
  party: RelyingParty,
  grant: TokenGrant,
  previous: IdTokenClaims | undefined,
): Promise<TokenGrant> {
  if (!grant.response.id_token) return grant
  let unverified = false
  const claims = await checkIdToken(party, grant.response).catch((error: unknown) => {
    if (!(error instanceof AuthError && error.recoverable)) throw error
    // Keys out of reach say nothing against the answer, and the refresh token in it may be the only one that
    // still lives. TLS vouches for it (Core §3.1.3.7(6)); what it says of the user is compared, not taken over.
    unverified = true
    const client = { ...party.client, verification: 'tls' as const }
    return checkIdToken({ ...party, client }, grant.response)
  })
  if (claims && previous) checkSameSession(previous, claims)
  if (!unverified) return claims ? { ...grant, claims } : grant
  const { id_token: _, ...response } = grant.response
  return { ...grant, response }
}

/** OpenID Connect Core §12.2; `iss` and `aud` are those of every ID token. */
function checkSameSession(previous: IdTokenClaims, claims: IdTokenClaims): void {
  if (claims.sub !== previous.sub) {
    throw new AuthError('user_mismatch', {
      message: 'The refresh is about somebody else: discarded.',
    })
  }
  if (claims.azp !== previous.azp) throw invalidIdTokenError('azp')
  if (claims.nonce !== undefined && claims.nonce !== previous.nonce) {
    throw invalidIdTokenError('nonce')
  }
  if (
    claims.auth_time !== undefined &&
    previous.auth_time !== undefined &&
    claims.auth_time !== previous.auth_time
  ) {
    throw invalidIdTokenError('auth_time')
  }
  if (claims.iat < previous.iat - TOLERANCE) throw invalidIdTokenError('iat')
}
