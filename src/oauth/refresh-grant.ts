import { AuthError } from '../errors.ts'
import { checkResource } from './endpoint.ts'
import { refuseGrant, type GrantResult, type TokenGrant } from './grant-result.ts'
import { checkIdToken } from './id-token.ts'
import { checkRefreshedClaims } from './id-token-claims.ts'
import type { JsonObject } from './json.ts'
import { accessTokenType, type RelyingParty } from './relying-party.ts'
import { requestTokens } from './token-request.ts'
import { readTokenResponse } from './token-response.ts'
import type { IdTokenClaims } from './types.ts'

export interface RefreshRequest {
  refreshToken: string
  scope?: string | undefined
  resource?: string[] | undefined
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
    grantType: 'refresh_token' as const,
    parameters: { refresh_token: refreshToken, ...(scope !== undefined && { scope }) },
    resource: checkResource(resource),
    refusal: 'refresh_refused' as const,
  }
  const answer = await requestTokens(party, request)
  if (answer instanceof AuthError) return { ok: false, error: answer }
  return processRefreshResponse(party, answer, requestedScope, previous)
}

async function processRefreshResponse(
  party: RelyingParty,
  answer: JsonObject,
  requestedScope: string,
  previous: IdTokenClaims | undefined,
): Promise<GrantResult> {
  // A response that cannot be read says nothing of the user: its refresh token is not revoked.
  let refreshToken: string | undefined
  try {
    const grant = readTokenResponse(answer, requestedScope, accessTokenType(party))
    refreshToken = grant.refreshToken
    return { ok: true, grant: await checkRefreshedIdToken(party, grant, previous) }
  } catch (error) {
    return refuseGrant(error, refreshToken)
  }
}

/** While the provider's keys are out of reach, an answer counts, its ID token does not. */
async function checkRefreshedIdToken(
  party: RelyingParty,
  grant: TokenGrant,
  previous: IdTokenClaims | undefined,
): Promise<TokenGrant> {
  if (!grant.response.id_token) return grant
  let verified = true
  const claims = await checkIdToken(party, grant.response).catch((error: unknown) => {
    if (!(error instanceof AuthError && error.recoverable)) throw error
    // Keys out of reach say nothing against the answer, and the refresh token in it may be the only one that
    // still lives. TLS vouches for it (Core §3.1.3.7(6)); what it says of the user is compared, not taken over.
    verified = false
    const client = { ...party.client, verification: 'tls' as const }
    return checkIdToken({ ...party, client }, grant.response)
  })
  if (claims && previous) checkRefreshedClaims(previous, claims)
  if (verified) return claims ? { ...grant, claims } : grant
  const { id_token: _, ...response } = grant.response
  return { ...grant, response }
}
