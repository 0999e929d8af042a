import { parseObject, type JsonObject } from './json.ts'

/** RFC 7515 §7.1: three parts; RFC 7516 §7.1: two more when encrypted. None is padded. */
const JWT = /^([\w-]+)\.([\w-]*)\.[\w-]+(\.[\w-]+\.[\w-]+)?$/

/** What is verified with a published key, as WebCrypto names it (RFC 7518 §3.1, RFC 8037 §3.1). Never `none`. */
export const ASYMMETRIC = {
  ...{ RS256: pkcs1(256), RS384: pkcs1(384), RS512: pkcs1(512) },
  ...{ PS256: pss(256), PS384: pss(384), PS512: pss(512) },
  ...{ ES256: ecdsa(256, 'P-256'), ES384: ecdsa(384, 'P-384'), ES512: ecdsa(512, 'P-521') },
  ...{ EdDSA: { name: 'Ed25519' }, Ed25519: { name: 'Ed25519' } },
}
const SYMMETRIC = /^HS(256|384|512)$/

/** A JWT that was read, not verified. */
export interface UnverifiedJwt {
  header: JsonObject
  /** Undefined: it is encrypted. */
  claims: JsonObject | undefined
}

/** @returns undefined for what is not a JWT */
export function readJwt(text: string): UnverifiedJwt | undefined {
  const [, first, second, encrypted] = JWT.exec(text) ?? []
  const header = decodePart(first)
  const claims = encrypted ? undefined : decodePart(second)
  return header && (encrypted || claims) ? { header, claims } : undefined
}

function decodePart(part: string | undefined): JsonObject | undefined {
  try {
    const bytes = decodeBase64url(part)
    return bytes && parseObject(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    // It is not UTF-8.
    return undefined
  }
}

/** RFC 4648 §5, without padding. @returns undefined for what is not base64url */
export function decodeBase64url(text: unknown): Uint8Array<ArrayBuffer> | undefined {
  if (typeof text !== 'string' || !/^[\w-]*$/.test(text)) return undefined
  try {
    const characters = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
    return Uint8Array.from(characters, (character) => character.charCodeAt(0))
  } catch {
    // No text has this length.
    return undefined
  }
}

function pkcs1(bits: number) {
  return { name: 'RSASSA-PKCS1-v1_5', hash: `SHA-${bits}` }
}

/** RFC 7518 §3.5: the salt is as long as the hash. */
function pss(bits: number) {
  return { name: 'RSA-PSS', hash: `SHA-${bits}`, saltLength: bits / 8 }
}

function ecdsa(bits: number, namedCurve: string) {
  return { name: 'ECDSA', hash: `SHA-${bits}`, namedCurve }
}

/** Verified with a published key; never `none`. */
export function isAsymmetric(alg: unknown): alg is keyof typeof ASYMMETRIC {
  return typeof alg === 'string' && Object.hasOwn(ASYMMETRIC, alg)
}

/** Verified with a secret, which a browser does not have. */
export function isSymmetric(alg: unknown): boolean {
  return typeof alg === 'string' && SYMMETRIC.test(alg)
}
