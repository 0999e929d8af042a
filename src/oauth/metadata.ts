import { assertSecureUrl } from './endpoint.ts'
import { AuthError } from '../errors.ts'
import { requestJson } from './http.ts'
import type { JsonObject } from './json.ts'
import type { OAuthContext, ServerMetadata } from './types.ts'

const REQUIRED = ['authorization_endpoint', 'token_endpoint']
const OPTIONAL = ['jwks_uri', 'userinfo_endpoint', 'revocation_endpoint', 'end_session_endpoint']

/** OpenID Connect Discovery §4. */
export async function discover(context: OAuthContext, issuer: string): Promise<ServerMetadata> {
  const url = `${assertSecureUrl('issuer', issuer).replace(/\/$/, '')}/.well-known/openid-configuration`
  return checkMetadata(
    issuer,
    await requestJson(context, url, 'unsupported_provider', { cache: 'default' }),
  )
}

/** Discovered or given by the application: a copy of the members that are read here, and nothing else. */
export function checkMetadata(issuer: string, json: unknown): ServerMetadata {
  if (typeof json !== 'object' || !json) throw new TypeError('metadata: must be an object')
  const given = json as JsonObject
  // Simple string comparison (RFC 8414 §3.3): `https://op` and `https://op/` are two.
  if (given['issuer'] !== issuer) {
    throw new AuthError('issuer_mismatch', {
      message: `The provider calls itself ${String(given['issuer'])}, you configured ${issuer}: it must be the same, letter for letter.`,
    })
  }
  const metadata: JsonObject = { issuer: assertSecureUrl('metadata.issuer', issuer) }
  for (const name of [...REQUIRED, ...OPTIONAL]) {
    const url = given[name] ?? undefined
    if (url !== undefined || REQUIRED.includes(name))
      metadata[name] = assertSecureUrl(`metadata.${name}`, url)
  }
  if (![given['code_challenge_methods_supported'] ?? 'S256'].flat().includes('S256')) {
    // No downgrade to `plain` (RFC 9700 §2.1.1).
    throw new AuthError('unsupported_provider', {
      message: 'The provider has no PKCE S256.',
    })
  }
  const algs = given['id_token_signing_alg_values_supported']
  if (algs) metadata['id_token_signing_alg_values_supported'] = [algs].flat().map(String)
  if (given['authorization_response_iss_parameter_supported'] === true) {
    metadata['authorization_response_iss_parameter_supported'] = true
  }
  return metadata as unknown as ServerMetadata
}
