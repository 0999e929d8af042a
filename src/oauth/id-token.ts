import { decode, encode } from 'jose/base64url'
import { checkIdTokenClaims } from './id-token-claims.ts'
import { parseObject, type JsonObject } from './json.ts'
import { invalidIdTokenError, signatureUnverifiableError } from './protocol-errors.ts'
import type { RelyingParty } from './relying-party.ts'
import { verifySignature } from './signature.ts'
import type { IdTokenClaims, TokenResponse } from './types.ts'

/** RFC 7515 §7.1: three parts; RFC 7516 §7.1: two more when encrypted. None is padded. */
const JWT = /^([\w-]+)\.([\w-]*)\.[\w-]+(\.[\w-]+\.[\w-]+)?$/
const ASYMMETRIC = /^([RPE]S(256|384|512)|EdDSA|Ed25519)$/
const SYMMETRIC: unknown[] = ['HS256', 'HS384', 'HS512']

/**
 * What holds for every ID token from the token endpoint (OpenID Connect Core §3.1.3.7), whatever it answers.
 * @returns undefined for an encrypted one, which only `verification: 'tls'` lets pass unread
 */
export async function checkIdToken(
  party: RelyingParty,
  { id_token = '', access_token }: TokenResponse,
): Promise<IdTokenClaims | undefined> {
  const { client, metadata } = party
  const trustsTls = client.verification === 'tls'
  const [, header, payload, encrypted] = JWT.exec(id_token) ?? []
  const { alg, kid, crit } = decodePart(header)
  const symmetric = SYMMETRIC.includes(alg)
  if (!trustsTls && (encrypted || symmetric)) {
    throw signatureUnverifiableError(
      `The provider's ID tokens are ${encrypted ? 'encrypted' : `signed with ${String(alg)}`}.`,
    )
  }
  if (encrypted) return undefined
  const claims = decodePart(payload)
  // §3.1.3.7 (7), never `none`.
  const advertised = metadata.id_token_signing_alg_values_supported ?? ['RS256']
  const algorithms = advertised.filter((alg) => ASYMMETRIC.test(alg))
  if (typeof alg !== 'string' || !(symmetric || algorithms.includes(alg))) {
    throw invalidIdTokenError(`its alg is not ${algorithms.join(', ')}`)
  }
  // No extension is understood here, `b64` is not for JWTs (RFC 7515 §4.1.11, RFC 7797 §7).
  if (crit !== undefined) throw invalidIdTokenError('crit')
  checkIdTokenClaims(client, claims)
  const { at_hash } = claims
  if (at_hash !== undefined && at_hash !== (await accessTokenHash(alg, access_token))) {
    throw invalidIdTokenError('at_hash')
  }
  if (!trustsTls) await verifySignature(party, id_token, kid, algorithms)
  return claims
}

function decodePart(part = ''): JsonObject {
  const object = parseObject(decodeUtf8(part))
  if (!object) throw invalidIdTokenError('not a JWT')
  return object
}

/** @returns nothing, which is no JSON, for what is not base64url or not UTF-8 */
function decodeUtf8(part: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(decode(part))
  } catch {
    return ''
  }
}

/** Core §3.1.3.6: the left half of the hash that belongs to the alg; Ed25519's own is SHA-512. */
async function accessTokenHash(alg: string, token: string): Promise<string> {
  const bits = /(256|384)$/.exec(alg)?.[0] ?? 512
  const hash = await crypto.subtle.digest(`SHA-${bits}`, new TextEncoder().encode(token))
  return encode(new Uint8Array(hash, 0, hash.byteLength / 2))
}
