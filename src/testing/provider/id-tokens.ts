import { base64url, CompactEncrypt, CompactSign } from 'jose'
import type { Grant } from './grants.ts'
import type { TestProviderOptions } from './options.ts'
import { makeKey, type SigningKeys } from './signing-keys.ts'

/** Everything about the next ID tokens that may be wrong. */
export interface IdTokenSwitches {
  /** Members over the right ones; `undefined` leaves one out. */
  claims: Record<string, unknown>
  header: Record<string, unknown>
  /** Sign with a key that is not published. */
  forge: boolean
  /** 'HS256' signs with a secret, 'none' not at all, 'JWE' encrypts. */
  protect: 'JWS' | 'HS256' | 'none' | 'JWE'
  /** Instead of the whole token; `null` answers without one. */
  raw?: string | null
}

const LIFETIME_S = 3600

/** The claims of a right ID token (OpenID Connect Core §2), and what the switches put over them. */
export function idTokenClaims(
  { issuer, clientId, now }: Required<TestProviderOptions>,
  grant: Grant,
  claims: Record<string, unknown>,
): Record<string, unknown> {
  const iat = Math.floor(now() / 1000)
  return {
    iss: issuer,
    sub: grant.subject,
    aud: clientId,
    iat,
    exp: iat + LIFETIME_S,
    auth_time: grant.authTime,
    nonce: grant.nonce ?? undefined,
    ...claims,
  }
}

/** An ID token with these claims, protected as the switches say. */
export async function protectIdToken(
  keys: SigningKeys,
  claims: Record<string, unknown>,
  switches: IdTokenSwitches,
): Promise<string> {
  const payload = new TextEncoder().encode(JSON.stringify(claims))
  switch (switches.protect) {
    case 'none':
      return `${encode({ alg: 'none', ...switches.header })}.${base64url.encode(payload)}.`
    case 'JWE':
      return new CompactEncrypt(payload)
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
        .encrypt(randomKey())
    case 'HS256':
      return sign(payload, 'HS256', keys.current.kid, randomKey(), switches.header)
    case 'JWS': {
      const { alg, kid } = keys.current
      const { privateKey } = switches.forge ? await makeKey(alg, kid) : keys.current
      return sign(payload, alg, kid, privateKey, switches.header)
    }
  }
}

async function sign(
  payload: Uint8Array,
  alg: string,
  kid: string,
  key: Parameters<CompactSign['sign']>[0],
  header: Record<string, unknown>,
): Promise<string> {
  const full = { alg, kid, ...header }
  const critical = (header['crit'] ?? []) as string[]
  const crit = Object.fromEntries(critical.map((name) => [name, true]))
  const signed = await new CompactSign(payload)
    .setProtectedHeader({ ...full, alg })
    .sign(key, { crit })
  if (full.alg === alg) return signed
  // An alg of another name is written into the header afterwards: no library would sign that.
  const [, ...payloadAndSignature] = signed.split('.')
  return [encode(full), ...payloadAndSignature].join('.')
}

const randomKey = (): Uint8Array => crypto.getRandomValues(new Uint8Array(32))

const encode = (value: unknown): string => base64url.encode(JSON.stringify(value))
