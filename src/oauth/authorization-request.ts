import {
  calculatePKCECodeChallenge,
  generateRandomCodeVerifier,
  generateRandomNonce,
} from 'oauth4webapi'
import { checkResource } from './endpoint.ts'
import type { FrontChannelParty } from './relying-party.ts'
import type { AuthorizationRequest, SignInTransaction } from './types.ts'

const OPTIONAL = [
  'prompt',
  'login_hint',
  'max_age',
  'ui_locales',
  'acr_values',
  'id_token_hint',
  'response_mode',
] as const

/** What is ours to say, another way to say it, or a secret: not `extra`. */
const RESERVED = /^(response_|client_|code_|resource|request|redirect_uri$|scope$|state$|nonce$)/

/** The authorization request (RFC 6749 §4.1.1, OpenID Connect Core §3.1.2.1) and what must be remembered of it. */
export async function createAuthorizationRequest(
  { client, metadata }: FrontChannelParty,
  request: AuthorizationRequest,
): Promise<{ url: string; transaction: SignInTransaction }> {
  const { redirectUri, state, scope, resource, max_age, extra = {} } = request
  if (!scope.split(' ').includes('openid')) throw new TypeError('scope: must contain openid')
  const nonce = generateRandomNonce()
  const code_verifier = generateRandomCodeVerifier()
  const url = new URL(metadata.authorization_endpoint)
  const { searchParams } = url
  const parameters = {
    // Only the code flow, always with PKCE (RFC 9700 §2.1.1, §2.1.2).
    response_type: 'code',
    client_id: client.clientId,
    redirect_uri: redirectUri,
    scope,
    state,
    nonce,
    code_challenge: await calculatePKCECodeChallenge(code_verifier),
    code_challenge_method: 'S256',
  }
  assertExtra(extra)
  for (const [name, value] of Object.entries(extra)) searchParams.set(name, value)
  for (const [name, value] of Object.entries(parameters)) searchParams.set(name, value)
  for (const name of OPTIONAL) {
    if (request[name] !== undefined) searchParams.set(name, String(request[name]))
  }
  for (const uri of checkResource(resource)) searchParams.append('resource', uri)
  return {
    url: url.href,
    transaction: {
      state,
      nonce,
      code_verifier,
      issuer: client.issuer,
      client_id: client.clientId,
      redirect_uri: redirectUri,
      scope,
      ...(resource && { resource }),
      ...(max_age !== undefined && { max_age }),
      metadata,
    },
  }
}

/** @throws TypeError that names what is no further parameter */
export function assertExtra(extra: Record<string, string>): void {
  const ours = Object.keys(extra).find(
    (name) => RESERVED.test(name) || OPTIONAL.some((optional) => optional === name),
  )
  if (ours !== undefined) throw new TypeError(`extra: ${ours} cannot be set here`)
}
