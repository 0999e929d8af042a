import { base64url } from 'jose'
import type { Code, Grant, Grants } from './grants.ts'
import type { TestProviderOptions } from './options.ts'
import { json, refusal } from './responses.ts'

/** What the token endpoint knows of its provider. */
export interface TokenEndpoint {
  readonly options: Required<TestProviderOptions>
  readonly grants: Grants
  /** Members over the right token response; `undefined` leaves one out. */
  readonly tokenResponse: Record<string, unknown>
  mintIdToken(grant: Grant): Promise<string | undefined>
}

interface Issued {
  grant: Grant
  scope: string
  refreshToken: string
  idToken: string | undefined
}

export async function answerTokenRequest(
  endpoint: TokenEndpoint,
  parameters: URLSearchParams,
): Promise<Response> {
  if (parameters.get('client_id') !== endpoint.options.clientId) {
    return refusal('invalid_client', 401)
  }
  const issued =
    parameters.get('grant_type') === 'refresh_token'
      ? await refresh(endpoint, parameters)
      : await exchangeCode(endpoint, parameters)
  return issued ? json(tokenResponse(endpoint, issued)) : refusal('invalid_grant')
}

/** RFC 6749 §4.1.3 and RFC 7636 §4.6. Undefined: the code is not good for this request. */
async function exchangeCode(
  endpoint: TokenEndpoint,
  parameters: URLSearchParams,
): Promise<Issued | undefined> {
  const code = endpoint.grants.takeCode(parameters.get('code') ?? '')
  if (!code || code.redirectUri !== parameters.get('redirect_uri')) return undefined
  if (!(await provesPossession(code, parameters.get('code_verifier') ?? ''))) return undefined
  const refreshToken = issueRefreshToken(endpoint.grants, endpoint.tokenResponse, code)
  const idToken = code.idToken ?? (await endpoint.mintIdToken(code))
  return { grant: code, scope: code.scope, refreshToken, idToken }
}

/** RFC 6749 §6. Undefined: the refresh token is unknown, spent or revoked. */
async function refresh(
  endpoint: TokenEndpoint,
  parameters: URLSearchParams,
): Promise<Issued | undefined> {
  const spent = parameters.get('refresh_token') ?? ''
  const grant = endpoint.grants.refreshTokens.get(spent)?.grant
  if (!grant?.alive) return undefined
  const refreshToken = endpoint.options.rotate ? rotate(endpoint, spent) : spent
  if (!refreshToken) return undefined
  const idToken = endpoint.options.refreshIdToken ? await endpoint.mintIdToken(grant) : undefined
  return { grant, scope: parameters.get('scope') ?? grant.scope, refreshToken, idToken }
}

/** The successor of a refresh token. Reuse of a spent one ends its family (RFC 9700 §4.14.2): undefined. */
function rotate(endpoint: TokenEndpoint, value: string): string | undefined {
  const { options, grants, tokenResponse } = endpoint
  const { now, grace } = options
  const token = grants.refreshTokens.get(value)
  if (!token) return undefined
  if (token.spentAt === undefined) {
    token.next = issueRefreshToken(grants, tokenResponse, token.grant)
    token.spentAt = now()
  } else if (now() - token.spentAt >= grace) {
    token.grant.alive = false
    return undefined
  }
  return token.next
}

function tokenResponse(
  { options, grants, tokenResponse: change }: TokenEndpoint,
  { grant, scope, refreshToken, idToken }: Issued,
): Record<string, unknown> {
  const planted = change['access_token'] as string | undefined
  const accessToken = planted ?? grants.newSecret('at')
  grants.accessTokens.set(accessToken, grant)
  return {
    access_token: accessToken,
    token_type: 'Bearer',
    expires_in: options.expiresIn,
    scope,
    refresh_token: refreshToken,
    id_token: idToken,
    ...change,
  }
}

/** A new refresh token, or the one that the switches put into every response. */
export function issueRefreshToken(
  grants: Grants,
  tokenResponse: Record<string, unknown>,
  grant: Grant,
): string {
  const planted = tokenResponse['refresh_token']
  return typeof planted === 'string' && planted
    ? grants.issueRefreshToken(grant, planted)
    : grants.issueRefreshToken(grant)
}

async function provesPossession({ challenge }: Code, verifier: string): Promise<boolean> {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))
  return challenge === base64url.encode(new Uint8Array(hash))
}
