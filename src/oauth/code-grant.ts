import { discard } from './discarded.ts'
import { AuthError } from '../errors.ts'
import { checkIdToken, TOLERANCE } from './id-token.ts'
import type { JwksCache } from './jwks.ts'
import { checkMetadata } from './metadata.ts'
import { refused } from './refused.ts'
import { requestTokens } from './token-request.ts'
import { readTokenResponse } from './token-response.ts'
import type {
  ClientConfig,
  IdTokenClaims,
  OAuthContext,
  ServerMetadata,
  SignInTransaction,
  TokenGrant,
  TokenResponse,
} from './types.ts'
import { requestUserInfo } from './userinfo.ts'

const DAY = 86_400_000

/** A sign-in, checked: who it is, and how far the device's clock is off. */
export interface CodeGrant extends TokenGrant {
  claims: IdTokenClaims
  /** Provider time minus device time, ms. */
  offset: number
}

/**
 * The token request for a code (RFC 6749 §4.1.3) whose authorization response `readAuthorizationResponse` found
 * right. After an error, `discardedRefreshToken` has what is to be revoked.
 */
export async function exchangeValidatedCode(
  context: OAuthContext,
  client: ClientConfig,
  transaction: SignInTransaction,
  code: string,
  jwks: JwksCache,
): Promise<CodeGrant> {
  // It lay where any script of the page can write.
  const metadata = checkMetadata(client.issuer, transaction.metadata)
  const json = await requestTokens(
    context,
    client,
    metadata,
    jwks,
    'authorization_failed',
    {
      grant_type: 'authorization_code',
      code,
      redirect_uri: transaction.redirect_uri,
      code_verifier: transaction.code_verifier,
    },
    // A token is for one resource: of those that were asked for (RFC 8707 §2.2), the session's own.
    transaction.resource?.slice(0, 1),
  )
  const arrival = context.now()
  try {
    const grant = readTokenResponse(json, transaction.scope)
    const { response } = grant
    if (!response.id_token) throw refused('there is none')
    const claims = await checkIdToken(context, client, metadata, response, jwks)
    if (!claims) {
      // Unreadable, and TLS is trusted: PKCE binds the answer to this request, UserInfo says whose it is.
      return { ...grant, claims: await claimsOf(context, client, metadata, response), offset: 0 }
    }
    checkSignIn(transaction, claims)
    return { ...grant, claims, offset: clockOffset(claims.iat, arrival) }
  } catch (error) {
    discard(error, json['refresh_token'])
    throw error
  }
}

/** OpenID Connect Core §3.1.3.7 (11, 13). */
function checkSignIn({ nonce, max_age }: SignInTransaction, claims: IdTokenClaims): void {
  if (!nonce || claims.nonce !== nonce) throw refused('nonce')
  if (max_age !== undefined && !(claims.auth_time! + max_age >= claims.iat - TOLERANCE)) {
    throw refused('auth_time')
  }
}

/** The nonce says that this ID token is new, so its `iat` says what time it is. */
function clockOffset(iat: number, arrival: number): number {
  const offset = iat * 1000 - arrival
  const days = Math.abs(offset) / DAY
  if (days > 1) {
    throw new AuthError('clock_skew', {
      message: `This device's clock is ${days.toFixed(1)} days ${offset > 0 ? 'behind' : 'ahead'}. Set it right, then sign in again.`,
    })
  }
  return offset
}

async function claimsOf(
  context: OAuthContext,
  client: ClientConfig,
  metadata: ServerMetadata,
  { access_token }: TokenResponse,
): Promise<IdTokenClaims> {
  const iat = Math.floor(context.now() / 1000)
  const claims = await requestUserInfo(context, metadata, access_token)
  return Object.assign(claims, { iss: client.issuer, aud: client.clientId, iat, exp: iat })
}
