import { decode, encode } from 'jose/base64url'
import { AuthError } from '../errors.ts'
import { invalidIdTokenError } from './id-token-error.ts'
import { isSeconds, isText, parseObject, type JsonObject } from './json.ts'
import { TRUST_TLS_HINT } from './jwks.ts'
import type { RelyingParty } from './relying-party.ts'
import { verifySignature } from './signature.ts'
import type { IdTokenClaims, TokenResponse } from './types.ts'

/** RFC 7515 §7.1: three parts; RFC 7516 §7.1: two more when encrypted. None is padded. */
const JWT = /^([\w-]+)\.([\w-]*)\.[\w-]+(\.[\w-]+\.[\w-]+)?$/
const ASYMMETRIC = /^([RPE]S(256|384|512)|EdDSA|Ed25519)$/
const SYMMETRIC: unknown[] = ['HS256', 'HS384', 'HS512']
/** Seconds of disagreement between a provider's own machines. */
export const TOLERANCE = 30

/**
 * What holds for every ID token from the token endpoint (OpenID Connect Core §3.1.3.7), whatever it answers.
 * @returns undefined for an encrypted one, which only `verification: 'tls'` lets pass unread
 */
export async function checkIdToken(
  party: RelyingParty,
  { id_token = '', access_token }: TokenResponse,
): Promise<IdTokenClaims | undefined> {
  const { client, metadata } = party
  const tls = client.verification === 'tls'
  const [, header, payload, encrypted] = JWT.exec(id_token) ?? []
  const { alg, kid, crit } = read(header)
  const symmetric = SYMMETRIC.includes(alg)
  if (!tls && (encrypted || symmetric)) {
    throw new AuthError('signature_unverifiable', {
      message: `The provider's ID tokens are ${encrypted ? 'encrypted' : `signed with ${alg as string}`}. ${TRUST_TLS_HINT}`,
    })
  }
  if (encrypted) return undefined
  const claims = read(payload) as IdTokenClaims
  // §3.1.3.7 (7), never `none`.
  const advertised = metadata.id_token_signing_alg_values_supported ?? ['RS256']
  const algs = advertised.filter((alg) => ASYMMETRIC.test(alg))
  if (!symmetric && !algs.includes(alg as string))
    throw invalidIdTokenError(`its alg is not ${algs.join(', ')}`)
  // No extension is understood here, `b64` is not for JWTs (RFC 7515 §4.1.11, RFC 7797 §7).
  if (crit !== undefined) throw invalidIdTokenError('crit')

  const { iss, sub, aud, azp, iat, exp, nbf = 0, auth_time = 0, at_hash } = claims
  // Simple string comparison, and nobody else is trusted with it (§3.1.3.7, 2 to 5).
  if (iss !== metadata.issuer) throw invalidIdTokenError('iss')
  if (!isText(sub) || sub.length > 255) throw invalidIdTokenError('sub')
  const audiences = [aud].flat()
  if (azp !== client.clientId && (azp !== undefined || audiences.length > 1))
    throw invalidIdTokenError('azp')
  if (!audiences.length || audiences.some((audience) => audience !== client.clientId)) {
    throw invalidIdTokenError('aud')
  }
  for (const [name, time] of Object.entries({ iat, exp, nbf, auth_time })) {
    if (!isSeconds(time)) throw invalidIdTokenError(name)
  }
  // It comes straight from the provider: provider time is now its `iat`. The device's clock is not asked.
  if (exp <= iat || (nbf as number) > iat + TOLERANCE) throw invalidIdTokenError('exp or nbf')
  if (at_hash !== undefined && at_hash !== (await halfHash(alg as string, access_token))) {
    throw invalidIdTokenError('at_hash')
  }
  if (!tls) await verifySignature(party, id_token, kid, algs)
  return claims
}

function read(part = ''): JsonObject {
  try {
    const object = parseObject(new TextDecoder('utf-8', { fatal: true }).decode(decode(part)))
    if (object) return object
  } catch {}
  throw invalidIdTokenError('not a JWT')
}

/** Core §3.1.3.6: the left half of the hash that belongs to the alg; Ed25519's own is SHA-512. */
async function halfHash(alg: string, token: string): Promise<string> {
  const bits = /(256|384)$/.exec(alg)?.[0] ?? 512
  const hash = await crypto.subtle.digest(`SHA-${bits}`, new TextEncoder().encode(token))
  return encode(new Uint8Array(hash, 0, hash.byteLength / 2))
}
