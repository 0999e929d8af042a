import type { ServerMetadata } from '../../oauth/types.ts'

export type Endpoint = 'discovery' | 'jwks' | 'authorization' | 'token' | 'userinfo' | 'revocation'

/** One request as it arrived. */
export interface LoggedRequest {
  endpoint: Endpoint | 'unknown'
  method: string
  url: string
  headers: Headers
  parameters: URLSearchParams
  init: RequestInit
}

/** Parameters whose values are secrets (RFC 6749 §4.1.3 and §6, RFC 7636 §4.5, RFC 7009 §2.1). */
const SECRET_PARAMETERS = ['code', 'code_verifier', 'refresh_token', 'token']

export function readRequest(
  metadata: ServerMetadata,
  url: string,
  init: RequestInit,
): LoggedRequest {
  return {
    endpoint: endpointOf(metadata, url),
    method: init.method ?? 'GET',
    url,
    headers: new Headers(init.headers),
    parameters: new URLSearchParams((init.body ?? '') as string | URLSearchParams),
    init,
  }
}

/** The secrets that a request brought, for tests that look where they may not be. */
export function secretsOf({ parameters }: LoggedRequest): string[] {
  return SECRET_PARAMETERS.flatMap((name) => parameters.getAll(name))
}

function endpointOf(metadata: ServerMetadata, url: string): Endpoint | 'unknown' {
  if (url === metadata.token_endpoint) return 'token'
  if (url === metadata.jwks_uri) return 'jwks'
  if (url === metadata.userinfo_endpoint) return 'userinfo'
  if (url === metadata.revocation_endpoint) return 'revocation'
  if (url.split('?')[0] === metadata.authorization_endpoint) return 'authorization'
  return url.endsWith('/.well-known/openid-configuration') ? 'discovery' : 'unknown'
}
