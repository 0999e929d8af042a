// Every kindness towards providers that are sloppier than the specifications, with the reason for it. What is not
// listed here is refused. None of them loses safety.

import type { JsonObject } from './json.ts'

/**
 * What a success is: 200 by every specification, 201 at some token endpoints (openHAB's), and the others alike. What
 * the body says decides.
 */
export function isSuccess(status: number): boolean {
  return status >= 200 && status < 300
}

/**
 * `application/json` with parameters, and the `+json` types: a JWK Set may come as `application/jwk-set+json`
 * (RFC 7517 §8.5.1). An answer that is an error is read under any content type, for gateways say `text/plain`; so are
 * discovery and keys, which static hosts send as `text/html` or `application/octet-stream`.
 */
export function isJsonType(contentType: string): boolean {
  return /^application\/([^;]+\+)?json\b/i.test(contentType)
}

/**
 * A member that is `null` is absent: servers that serialise every field of an object send one for a refresh token
 * that was not rotated. The same goes for an empty string (RFC 6749 §3.2).
 */
export function isAbsent(value: unknown): value is undefined | null | '' {
  return value === undefined || value === null || value === ''
}

/** `expires_in` in digits is the number: Microsoft Entra ID's v1.0 token endpoint sends "3599". */
export function toSeconds(value: unknown): unknown {
  const isDigits = typeof value === 'string' && /^\d+$/.test(value)
  return isDigits ? Number(value) : (value ?? undefined)
}

/**
 * How long the refresh token holds, which no specification has a name for: `refresh_expires_in` at Keycloak, where 0 is
 * for ever. What is no number is not known: no session ends for it.
 */
export function toRefreshTokenLifetime(json: JsonObject): number {
  return Number(json['refresh_token_expires_in'] ?? json['refresh_expires_in']) || 0
}

/** `scope` as a list is its words: Logto and Authorizer send one. */
export function toWords(value: unknown): unknown {
  const isWords = Array.isArray(value) && value.every((word) => typeof word === 'string')
  return isWords ? value.join(' ') : value
}

/**
 * A list of provider metadata (OpenID Connect Discovery §3), discovered or typed by hand:
 * - A member that is `null` is absent.
 * - A list of one may be the string alone: applications write it so in their own `metadata`.
 */
export function toList(value: unknown): unknown[] | undefined {
  return value === undefined || value === null ? undefined : [value].flat()
}

/**
 * RFC 7009 §2.2 answers a revocation with 200; any other success is one too (204, or HTML where JSON is expected).
 * The body is ignored.
 */
export function isRevoked(status: number | undefined): boolean {
  return status !== undefined && isSuccess(status)
}
