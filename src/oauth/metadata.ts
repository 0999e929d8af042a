import { discoveryRequest } from 'oauth4webapi'
import { AuthError } from '../errors.ts'
import { assertSecureUrl } from './endpoint.ts'
import { boundIssuer } from './issuer.ts'
import type { JsonObject } from './json.ts'
import { toList } from './normalize-answer.ts'
import { requestJson } from './request-json.ts'
import type { OAuthContext, ServerMetadata } from './types.ts'

const OPTIONAL_ENDPOINTS = [
  'jwks_uri',
  'userinfo_endpoint',
  'revocation_endpoint',
  'end_session_endpoint',
  'pushed_authorization_request_endpoint',
] as const

/** OpenID Connect Discovery §4. */
export async function discover(context: OAuthContext, issuer: string): Promise<ServerMetadata> {
  const url = new URL(assertSecureUrl('issuer', issuer))
  const json = await requestJson(context, (options) => discoveryRequest(url, options), {
    refusal: 'unsupported_provider',
    cache: 'default',
    isDocument: true,
  }).catch((error: AuthError) => {
    // A provider that answers for another URL seldom lets a page read that it does not know this one.
    if ((error.status ?? 0) < 500) error.message += ' Is `issuer` right?'
    throw error
  })
  return checkMetadata(issuer, json)
}

/** Discovered or given by the application: a copy of the members that are read here, and nothing else. */
export function checkMetadata(issuer: string, json: unknown): ServerMetadata {
  if (typeof json !== 'object' || !json) throw new TypeError('metadata: must be an object')
  const given = json as JsonObject
  const said = given['issuer']
  // Simple string comparison (RFC 8414 §3.3): `https://op` and `https://op/` are two. The library takes them for one.
  const bound = boundIssuer(issuer, said)
  if (bound === undefined) {
    throw new AuthError('issuer_mismatch', {
      message: `The provider calls itself ${String(said)}, you configured ${issuer}: both must be the same, letter for letter.`,
    })
  }
  const url = (name: string) => assertSecureUrl(`metadata.${name}`, given[name], issuer)
  assertSecureUrl('issuer', bound)
  const metadata: ServerMetadata = {
    issuer: bound,
    authorization_endpoint: url('authorization_endpoint'),
    token_endpoint: url('token_endpoint'),
  }
  for (const name of OPTIONAL_ENDPOINTS) {
    if ((given[name] ?? undefined) !== undefined) metadata[name] = url(name)
  }
  const methods = toList(given['code_challenge_methods_supported'])
  // No downgrade to `plain` (RFC 9700 §2.1.1).
  if (methods && !methods.includes('S256')) {
    throw new AuthError('unsupported_provider', { message: 'The provider has no PKCE S256.' })
  }
  const algs = toList(given['id_token_signing_alg_values_supported'])
  if (algs) metadata.id_token_signing_alg_values_supported = algs.map(String)
  if (given['authorization_response_iss_parameter_supported'] === true) {
    metadata.authorization_response_iss_parameter_supported = true
  }
  return metadata
}
