import { AuthError } from '../errors.ts'
import type { GrantResult, TokenGrant } from './grant-result.ts'
import { verifyIdToken } from './id-token.ts'
import { checkNewIdToken } from './id-token-claims.ts'
import { getKeys } from './jwks.ts'
import { invalidIdTokenError } from './protocol-errors.ts'
import type { RelyingParty } from './relying-party.ts'
import { requestGrant } from './token-request.ts'
import type { AuthorizationResponse, IdTokenClaims, SignInTransaction } from './types.ts'
import { requestUserInfo } from './userinfo.ts'

const DAY_MS = 86_400_000

/** A sign-in, checked: who it is, and how far the device's clock is off. */
export interface SignInGrant extends TokenGrant {
  claims: IdTokenClaims
  /** Provider time minus device time, ms. */
  offset: number
}

/**
 * The token request for a code (RFC 6749 §4.1.3) whose authorization response `readAuthorizationResponse` found
 * right. An answer that is refused is thrown away whole: its refresh token is in the result, to be revoked.
 */
export function exchangeCode(
  party: RelyingParty,
  transaction: SignInTransaction,
  response: AuthorizationResponse,
): Promise<GrantResult<SignInGrant>> {
  const { redirect_uri, code_verifier, scope, resource } = transaction
  const request = {
    grantType: 'authorization_code',
    parameters: { code: response.code, redirect_uri, code_verifier },
    // A token is for one resource: of those that were asked for (RFC 8707 §2.2), the session's own.
    resource: resource?.slice(0, 1),
    requestedScope: scope,
    refusal: 'authorization_failed',
  } as const
  const result = requestGrant(party, request, (grant) =>
    checkSignIn(party, transaction, grant, response),
  )
  // Its keys are asked for meanwhile. What fails here is tried again when they are needed.
  if (party.client.verification !== 'tls') getKeys(party).catch(() => {})
  return result
}

async function checkSignIn(
  party: RelyingParty,
  transaction: SignInTransaction,
  grant: TokenGrant,
  { iss }: AuthorizationResponse,
): Promise<SignInGrant> {
  const arrival = party.context.now()
  const { access_token, id_token } = grant.response
  if (!id_token) throw invalidIdTokenError('there is none', 'Ask for the scope openid')
  const idToken = await verifyIdToken(party, grant.response)
  if (!idToken) {
    // Unreadable, and TLS is trusted: PKCE binds the answer to this request, UserInfo says whose it is.
    return { ...grant, claims: await claimsFromUserInfo(party, access_token), offset: 0 }
  }
  checkNewIdToken(party.client, idToken, transaction)
  const { claims } = idToken
  // RFC 9207 §2.4. They differ where a provider has many tenants, each with an issuer of its own.
  if (iss !== undefined && claims.iss !== iss) {
    throw invalidIdTokenError('iss', 'It is not that of the authorization response')
  }
  return { ...grant, claims, offset: clockOffset(claims.iat, arrival) }
}

/** The nonce says that this ID token is new, so its `iat` says what time it is. */
function clockOffset(iat: number, arrival: number): number {
  const offset = iat * 1000 - arrival
  const days = Math.abs(offset) / DAY_MS
  if (days > 1) {
    throw new AuthError('clock_skew', {
      message: `This device's clock is ${days.toFixed(1)} days ${offset > 0 ? 'behind' : 'ahead'}. Set it right, then sign in again.`,
    })
  }
  return offset
}

async function claimsFromUserInfo(
  party: RelyingParty,
  accessToken: string,
): Promise<IdTokenClaims> {
  const { context, client } = party
  const iat = Math.floor(context.now() / 1000)
  const claims = await requestUserInfo(party, accessToken)
  return { ...claims, iss: client.issuer, aud: client.clientId, iat, exp: iat }
}
