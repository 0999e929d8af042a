import { AuthError } from '../errors.ts'
import type { GrantResult, TokenGrant } from './grant-result.ts'
import { verifyIdToken } from './id-token.ts'
import { checkNewIdToken } from './id-token-claims.ts'
import type { RelyingParty } from './relying-party.ts'
import { requestGrant } from './token-request.ts'
import { compareRefreshed } from './refreshed-id-token.ts'
import type { IdTokenClaims } from './types.ts'

export interface RefreshRequest {
  refreshToken: string
  scope?: string | undefined
  resource?: string[] | undefined
  /** Claims of the ID token before. */
  previous?: IdTokenClaims
  /** Since that one was asked for. Default: long ago. */
  sincePreviousMs?: number
  /** What the answer grants when it does not say. */
  requestedScope: string
}

/**
 * RFC 6749 §6, OpenID Connect Core §12. An answer that is refused is thrown away but for its refresh token: the one
 * that was sent may be spent.
 */
export function refreshTokens(party: RelyingParty, request: RefreshRequest): Promise<GrantResult> {
  const { refreshToken, scope, resource, requestedScope } = request
  return requestGrant(
    party,
    {
      grantType: 'refresh_token',
      parameters: { refresh_token: refreshToken, ...(scope !== undefined && { scope }) },
      resource,
      requestedScope,
      refusal: 'refresh_refused',
    },
    (grant) => checkRefreshedIdToken(party, grant, request),
  )
}

/** While the provider's keys are out of reach, an answer counts, its ID token does not. */
async function checkRefreshedIdToken(
  party: RelyingParty,
  grant: TokenGrant,
  { previous, sincePreviousMs }: RefreshRequest,
): Promise<TokenGrant> {
  if (!grant.response.id_token) return grant
  let verified = true
  const idToken = await verifyIdToken(party, grant.response).catch((error: unknown) => {
    if (!(error instanceof AuthError && error.recoverable)) throw error
    // Keys out of reach say nothing against the answer, and the refresh token in it may be the only one that
    // still lives. TLS vouches for it (Core §3.1.3.7(6)); what it says of the user is compared, not taken over.
    verified = false
    const client = { ...party.client, verification: 'tls' as const }
    return verifyIdToken({ ...party, client }, grant.response)
  })
  if (!idToken) return grant
  if (!previous) checkNewIdToken(party.client, idToken)
  const { claims, notes } = previous
    ? compareRefreshed(previous, idToken, sincePreviousMs)
    : { ...idToken, notes: [] }
  if (verified) return { ...grant, claims, notes }
  const { id_token: _, ...response } = grant.response
  return { ...grant, response, notes }
}
