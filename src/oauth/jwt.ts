import { decode } from 'jose/base64url'
import { parseObject, type JsonObject } from './json.ts'

/** RFC 7515 §7.1: three parts; RFC 7516 §7.1: two more when encrypted. None is padded. */
const JWT = /^([\w-]+)\.([\w-]*)\.[\w-]+(\.[\w-]+\.[\w-]+)?$/
const ASYMMETRIC = /^([RPE]S(256|384|512)|EdDSA|Ed25519)$/
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

/** @returns undefined for what is not base64url */
export function decodeBase64url(text: unknown): Uint8Array | undefined {
  try {
    return typeof text === 'string' ? decode(text) : undefined
  } catch {
    return undefined
  }
}

/** Verified with a published key; never `none`. */
export function isAsymmetric(alg: string): boolean {
  return ASYMMETRIC.test(alg)
}

/** Verified with a secret, which a browser does not have. */
export function isSymmetric(alg: unknown): boolean {
  return typeof alg === 'string' && SYMMETRIC.test(alg)
}
