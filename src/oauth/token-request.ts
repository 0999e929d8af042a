import { checkResource } from './endpoint.ts'
import type { AuthErrorCode } from '../errors.ts'
import { send } from './http.ts'
import type { JsonObject } from './json.ts'
import { getKeys, type JwksCache } from './jwks.ts'
import type { ClientConfig, OAuthContext, ServerMetadata } from './types.ts'

/** A token request of a public client (RFC 6749 §3.2.1, §4.1.3, §6; RFC 8707 §2.2). */
export function requestTokens(
  context: OAuthContext,
  client: ClientConfig,
  metadata: ServerMetadata,
  jwks: JwksCache,
  refusal: AuthErrorCode,
  parameters: Record<string, string>,
  resource: readonly string[] | undefined,
): Promise<JsonObject> {
  const body = new URLSearchParams({ ...parameters, client_id: client.clientId })
  for (const uri of checkResource(resource)) body.append('resource', uri)
  const answer = send(context, metadata.token_endpoint, refusal, { body })
  // The keys are asked for meanwhile. What fails here is tried again when needed.
  if (client.verification !== 'tls') getKeys(context, metadata, jwks).catch(() => {})
  return answer
}
