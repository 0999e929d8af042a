import type { AuthErrorCode } from '../errors.ts'
import { requestJson } from './http.ts'
import type { JsonObject } from './json.ts'
import { getKeys } from './jwks.ts'
import type { RelyingParty } from './relying-party.ts'

export interface TokenRequest {
  /** The code of an AuthError for a refusal of the provider's. */
  refusal: AuthErrorCode
  parameters: Record<string, string>
  /** As `checkResource` returned it. */
  resource: readonly string[]
}

/** A token request of a public client (RFC 6749 §3.2.1, §4.1.3, §6; RFC 8707 §2.2). */
export function requestTokens(
  party: RelyingParty,
  { refusal, parameters, resource }: TokenRequest,
): Promise<JsonObject> {
  const { context, client, metadata } = party
  const body = new URLSearchParams({ ...parameters, client_id: client.clientId })
  for (const uri of resource) body.append('resource', uri)
  const answer = requestJson(context, metadata.token_endpoint, refusal, { body })
  // The keys are asked for meanwhile. What fails here is tried again when needed.
  if (client.verification !== 'tls') getKeys(party).catch(() => {})
  return answer
}
