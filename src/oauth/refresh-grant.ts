import { discard } from './discarded.ts'
import { AuthError } from '../errors.ts'
import { checkIdToken, TOLERANCE } from './id-token.ts'
import type { JwksCache } from './jwks.ts'
import { refused } from './refused.ts'
import { requestTokens } from './token-request.ts'
import { readTokenResponse } from './token-response.ts'
import type {
  ClientConfig,
  IdTokenClaims,
  OAuthContext,
  ServerMetadata,
  TokenGrant,
} from './types.ts'

export { discardedRefreshToken } from './discarded.ts'

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
 * whole, and `discardedRefreshToken` has its refresh token; after any other error the old one may still live.
 * While the provider's keys are out of reach, an answer counts, its ID token does not.
 */
export async function refresh(
  context: OAuthContext,
  client: ClientConfig,
  metadata: ServerMetadata,
  { refreshToken, scope, resource, previous, requestedScope }: RefreshRequest,
  jwks: JwksCache,
): Promise<TokenGrant> {
  const json = await requestTokens(
    context,
    client,
    metadata,
    jwks,
    'refresh_refused',
    {
      grant_type: 'refresh_token',
      refresh_token: refreshToken,
      ...(scope !== undefined && { scope }),
    },
    resource,
  )
  const grant = readTokenResponse(json, requestedScope)
  if (!grant.response.id_token) return grant
  const check = (by: ClientConfig) => checkIdToken(context, by, metadata, grant.response, jwks)
  try {
    let unverified = false
    const claims = await check(client).catch((error: unknown) => {
      if (!(error instanceof AuthError && error.recoverable)) throw error
      // Keys out of reach say nothing against the answer, and the refresh token in it may be the only one that
      // still lives. TLS vouches for it (Core §3.1.3.7(6)); what it says of the user is compared, not taken over.
      unverified = true
      return check({ ...client, verification: 'tls' })
    })
    if (claims && previous) checkSameSession(previous, claims)
    if (!unverified) return claims ? { ...grant, claims } : grant
    const { id_token: _, ...response } = grant.response
    return { ...grant, response }
  } catch (error) {
    discard(error, grant.refreshToken)
    throw error
  }
}

/** OpenID Connect Core §12.2; `iss` and `aud` are those of every ID token. */
function checkSameSession(previous: IdTokenClaims, claims: IdTokenClaims): void {
  if (claims.sub !== previous.sub) {
    throw new AuthError('user_mismatch', {
      message: 'The refresh is about somebody else: discarded.',
    })
  }
  if (claims.azp !== previous.azp) throw refused('azp')
  if (claims.nonce !== undefined && claims.nonce !== previous.nonce) throw refused('nonce')
  if (
    claims.auth_time !== undefined &&
    previous.auth_time !== undefined &&
    claims.auth_time !== previous.auth_time
  ) {
    throw refused('auth_time')
  }
  if (claims.iat < previous.iat - TOLERANCE) throw refused('iat')
}
