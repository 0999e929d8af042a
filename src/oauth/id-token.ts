import {
  clockTolerance,
  getValidatedIdTokenClaims,
  processGenericTokenEndpointResponse,
} from 'oauth4webapi'
import { AuthError } from './errors.ts'
import { TLS, type JwksCache } from './jwks.ts'
import { verifySignature } from './signature.ts'
import type {
  ClientConfig,
  IdTokenClaims,
  OAuthContext,
  ServerMetadata,
  TokenResponse,
} from './types.ts'

const ASYMMETRIC = /^([RPE]S(256|384|512)|EdDSA|Ed25519)$/
const SYMMETRIC = ['HS256', 'HS384', 'HS512']
/** Seconds of disagreement between a provider's own machines. */
export const TOLERANCE = 30

/**
 * What holds for every ID token from the token endpoint (OpenID Connect Core §3.1.3.7), whatever it answers.
 * @returns undefined for an encrypted one, which only `verification: 'tls'` lets pass unread
 */
export async function checkIdToken(
  context: OAuthContext,
  client: ClientConfig,
  metadata: ServerMetadata,
  { id_token = '', access_token }: TokenResponse,
  jwks: JwksCache,
): Promise<IdTokenClaims | undefined> {
  const tls = client.verification === 'tls'
  const encrypted = id_token.split('.').length === 5
  const alg = algOf(id_token)
  if (!tls && (encrypted || SYMMETRIC.includes(alg))) {
    throw new AuthError('signature_unverifiable', {
      message: `The provider's ID tokens are ${encrypted ? 'encrypted' : `signed with ${alg}`}. ${TLS}`,
    })
  }
  if (encrypted) return undefined

  const advertised = metadata.id_token_signing_alg_values_supported ?? ['RS256']
  const algs = advertised.filter((alg) => ASYMMETRIC.test(alg))
  const answer = new Response(JSON.stringify({ access_token: '-', token_type: 'bearer', id_token }))
  let claims: IdTokenClaims
  try {
    const processed = await processGenericTokenEndpointResponse(
      {
        issuer: metadata.issuer,
        id_token_signing_alg_values_supported: tls ? [...algs, ...SYMMETRIC] : algs,
      },
      // The device's clock is not asked: time is checked below, against the provider's own.
      { client_id: client.clientId, [clockTolerance]: Number.MAX_SAFE_INTEGER },
      answer,
    )
    claims = getValidatedIdTokenClaims(processed) as unknown as IdTokenClaims
  } catch (cause) {
    throw refused(cause instanceof Error ? cause.message : '', cause)
  }
  const { sub, aud, azp, iat, exp, nbf, at_hash } = claims
  if (!sub || sub.length > 255) throw refused('sub')
  // Nobody else is trusted with it (Core §3.1.3.7, 3 to 5).
  if ([aud].flat().some((audience) => audience !== client.clientId)) throw refused('aud')
  if (azp !== undefined && azp !== client.clientId) throw refused('azp')
  // It comes straight from the provider: provider time is now its `iat`.
  if (!(exp > iat) || (nbf as number) > iat + TOLERANCE) throw refused('exp or nbf')
  if (at_hash !== undefined && at_hash !== (await halfHash(alg, access_token))) {
    throw refused('at_hash')
  }
  if (!tls) await verifySignature(context, metadata, answer, jwks)
  return claims
}

export function refused(why: string, cause?: unknown): AuthError {
  return new AuthError('id_token_invalid', { message: `ID token refused: ${why}.`, cause })
}

function algOf(jwt: string): string {
  try {
    const header = jwt.split('.')[0]!.replaceAll('-', '+').replaceAll('_', '/')
    return String((JSON.parse(atob(header)) as { alg?: unknown }).alg)
  } catch {
    return ''
  }
}

/** Core §3.1.3.6: the left half of the hash that belongs to the alg; Ed25519's own is SHA-512. */
async function halfHash(alg: string, token: string): Promise<string> {
  const bits = /(256|384)$/.exec(alg)?.[0] ?? 512
  const hash = await crypto.subtle.digest(`SHA-${bits}`, new TextEncoder().encode(token))
  return btoa(String.fromCharCode(...new Uint8Array(hash, 0, hash.byteLength / 2)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}
