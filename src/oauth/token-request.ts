import { genericTokenEndpointRequest } from 'oauth4webapi'
import { AuthError, type AuthErrorCode } from '../errors.ts'
import { checkResource } from './endpoint.ts'
import type { GrantResult, RefusedGrant, TokenGrant } from './grant-result.ts'
import type { JsonObject } from './json.ts'
import { libraryArguments, type RelyingParty } from './relying-party.ts'
import { requestJson, type RequestOptions } from './request-json.ts'
import { readRefreshToken, readTokenResponse } from './token-response.ts'

/**
 * Longer than what only reads: a code or a rotated refresh token is spent when the request arrives, and is not to be
 * sent again while its answer may still come (RFC 9700 §4.14.2). Less than the time a caller of the vault is given.
 */
export const TOKEN_REQUEST_DEADLINE_MS = 28_000

export interface TokenRequest {
  grantType: 'authorization_code' | 'refresh_token'
  parameters: Record<string, string>
  /** RFC 8707 §2.2. */
  resource: readonly string[] | undefined
  /** What the answer grants when it does not say. */
  requestedScope: string
  /** The code of an AuthError for a refusal of the provider's. */
  refusal: AuthErrorCode
}

/**
 * A token request (RFC 6749 §4.1.3, §6), and what came of it. An answer that is refused is thrown away whole: its
 * refresh token is in the result.
 * @param check what the answer's ID token says. @throws TypeError for a resource that is not one
 */
export async function requestGrant<Grant extends TokenGrant>(
  party: RelyingParty,
  request: TokenRequest,
  check: (grant: TokenGrant) => Promise<Grant>,
): Promise<GrantResult<Grant>> {
  const { requestedScope, resource } = request
  checkResource(resource)
  let answer: JsonObject | undefined
  try {
    answer = await sendTokenRequest(party, request)
    const grant = readTokenResponse(answer, requestedScope, party.dpop?.tokenType)
    return { ok: true, grant: await check(grant) }
  } catch (error) {
    if (!(answer || error instanceof AuthError)) throw error
    return refusedGrant(error, readRefreshToken(answer))
  }
}

/**
 * The library's generic request serves both grants: its own for a code takes only parameters that it validated itself
 * in this thread, and ours were validated in the page.
 */
async function sendTokenRequest(party: RelyingParty, request: TokenRequest): Promise<JsonObject> {
  const { grantType, parameters, resource = [], refusal } = request
  const { as, client, auth } = libraryArguments(party)
  const body = [...Object.entries(parameters), ...resource.map((uri) => ['resource', uri])]
  const build = (options: RequestOptions) =>
    genericTokenEndpointRequest(as, client, auth, grantType, body, options)
  return requestJson(party.context, party.dpop?.proven(build) ?? build, {
    refusal,
    deadlineMs: TOKEN_REQUEST_DEADLINE_MS,
  })
}

function refusedGrant(error: unknown, refreshToken: string | undefined): RefusedGrant {
  const ours =
    error instanceof AuthError
      ? error
      : new AuthError('provider_unavailable', {
          message: 'The answer of the token endpoint could not be checked.',
          cause: error,
        })
  return { ok: false, error: ours, ...(refreshToken !== undefined && { refreshToken }) }
}
