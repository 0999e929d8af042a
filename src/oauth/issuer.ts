import type { JsonObject } from './json.ts'
import type { FrontChannelParty } from './relying-party.ts'

// Microsoft Entra ID signs in users of many tenants at one address (`…/common/v2.0`). Its metadata name the issuer as
// `…/{tenantid}/v2.0`, and each ID token has its own tenant's, which it also names in `tid`.

const PLACE = '{tenantid}'

/** The tenant that an issuer puts in the place of the template. @returns undefined where it is no such issuer */
function tenantOf(template: string, issuer: unknown): string | undefined {
  const [before = '', after, more] = template.split(PLACE)
  if (after === undefined || more !== undefined || typeof issuer !== 'string') return undefined
  const tenant = issuer.slice(before.length, issuer.length - after.length)
  return isPlainSegment(tenant) && issuer === before + tenant + after ? tenant : undefined
}

function isPlainSegment(text: unknown): text is string {
  return typeof text === 'string' && /^[\w-]+$/.test(text)
}

/**
 * The issuer to be bound to: as configured, letter for letter (RFC 8414 §3.3), or the template of many tenants that
 * what is configured belongs to. @returns undefined where the metadata are another issuer's
 */
export function boundIssuer(configured: string, said: unknown): string | undefined {
  if (said === configured) return configured
  if (typeof said !== 'string') return undefined
  const tenant = tenantOf(said, configured)
  if (tenant === undefined) return undefined
  // An id is one tenant's, a word (`common`, `organizations`) is for all.
  return /^[\da-f-]{36}$/i.test(tenant) ? configured : said
}

/** The `iss` that a JWT must have: where the provider has many tenants, the one of its own `tid`. */
export function expectedIssuer(
  { client, metadata }: FrontChannelParty,
  { tid }: JsonObject,
): string {
  const { issuer } = metadata
  if (!issuer.includes(PLACE)) return client.issuer
  return isPlainSegment(tid) ? issuer.replace(PLACE, () => tid) : issuer
}

/** The `iss` that an authorization response must have (RFC 9207 §2.4). */
export function expectedResponseIssuer(
  { client, metadata }: FrontChannelParty,
  iss: string | null,
): string {
  return iss !== null && tenantOf(metadata.issuer, iss) !== undefined ? iss : client.issuer
}
