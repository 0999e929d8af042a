import { genericTokenEndpointRequest } from 'oauth4webapi'
import { AuthError, type AuthErrorCode } from '../errors.ts'
import type { JsonObject } from './json.ts'
import { getKeys } from './jwks.ts'
import { libraryArguments, type RelyingParty } from './relying-party.ts'
import { requestJson } from './request-json.ts'

/**
 * Longer than what only reads: a code or a rotated refresh token is spent when the request arrives, and is not to be
 * sent again while its answer may still come (RFC 9700 §4.14.2). Less than the time a caller of the vault is given.
 */
export const TOKEN_REQUEST_DEADLINE_MS = 28_000

export interface TokenRequest {
  grantType: 'authorization_code' | 'refresh_token'
  parameters: Record<string, string>
  /** As `checkResource` returned it (RFC 8707 §2.2). */
  resource: readonly string[]
  /** The code of an AuthError for a refusal of the provider's. */
  refusal: AuthErrorCode
}

/**
 * A token request (RFC 6749 §4.1.3, §6) and the body of its answer, or why there is none.
 */
export async function requestTokens(
  party: RelyingParty,
  request: TokenRequest,
): Promise<JsonObject | AuthError> {
  const answer = sendTokenRequest(party, request)
  // An ID token will have to be verified: its keys are asked for meanwhile. What fails here is tried again when needed.
  const expectsIdToken = request.grantType === 'authorization_code'
  if (expectsIdToken && party.client.verification !== 'tls') getKeys(party).catch(() => {})
  try {
    return await answer
  } catch (error) {
    if (error instanceof AuthError) return error
    throw error
  }
}

/**
 * The library's generic request serves both grants: its own for a code takes only parameters that it validated itself
 * in this thread, and ours were validated in the page.
 */
async function sendTokenRequest(party: RelyingParty, request: TokenRequest): Promise<JsonObject> {
  const { grantType, parameters, resource, refusal } = request
  const { as, client, auth } = libraryArguments(party)
  const body = [...Object.entries(parameters), ...resource.map((uri) => ['resource', uri])]
  const dpop = party.dpop && { DPoP: party.dpop }
  const send = () =>
    requestJson(
      party.context,
      (options) =>
        genericTokenEndpointRequest(as, client, auth, grantType, body, { ...options, ...dpop }),
      { refusal, deadlineMs: TOKEN_REQUEST_DEADLINE_MS },
    )
  try {
    return await send()
  } catch (error) {
    const wantsNonce = error instanceof AuthError && error.error === 'use_dpop_nonce'
    if (!(party.dpop && wantsNonce)) throw error
    // RFC 9449 §8: nothing was spent, and the handle has the provider's nonce now.
    return send()
  }
}
