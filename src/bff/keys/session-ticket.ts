import { decode, encode } from 'jose/base64url'
import { concat, equalBytes } from './derive.ts'
import type { KeyRing } from './key-ring.ts'

export const ID_BYTES = 32
const SECRET_BYTES = 32
const MAC_BYTES = 32

/** What the cookie of a session says: where its record is, and one half of the key to it. */
export interface SessionTicket {
  /** The value of the cookie. */
  cookie: string
  /** SHA-256 of the id: what is in the store does not name a session that a cookie could claim. */
  storeKey: string
  kid: string
  /** Without it the record cannot be read, not even with the server's keys. */
  secret: Uint8Array<ArrayBuffer>
}

/** 256 random bits name a session, another 256 open it. */
export function issueTicket(keys: KeyRing): Promise<SessionTicket> {
  const random = crypto.getRandomValues(new Uint8Array(ID_BYTES + SECRET_BYTES))
  return sign(keys, keys.firstKid, random)
}

/**
 * The tickets of the session that a sign-in becomes. A sign-out ends it by them, where the browser does not have its
 * cookie yet.
 * @returns under the first key, which it is issued under; and under the others, for another instance may have another first
 */
export async function ticketsOfSignIn(
  keys: KeyRing,
  codeVerifier: string,
): Promise<[SessionTicket, ...SessionTicket[]]> {
  const [first, ...others] = await namesOfSignIn(keys, codeVerifier)
  const ticket = (name: Uint8Array) => sign(keys, keys.firstKid, name)
  return [await ticket(first), ...(await Promise.all(others.map(ticket)))]
}

/** Id and secret: nobody has the verifier but the browser, sealed, and then the provider; and the keys nobody else. */
export async function namesOfSignIn(
  keys: KeyRing,
  codeVerifier: string,
): Promise<[Uint8Array, ...Uint8Array[]]> {
  const ids = await keys.macs('sign-in', `id ${codeVerifier}`)
  const secrets = await keys.macs('sign-in', `secret ${codeVerifier}`)
  const [first, ...others] = ids.map((id, at) => concat(decode(id), decode(secrets[at] ?? '')))
  return [first!, ...others]
}

/** @returns undefined for a cookie that was not made here, or with a key that is not in use any more */
export async function readTicket(
  keys: KeyRing,
  cookie: string,
): Promise<SessionTicket | undefined> {
  const [version, kid, body, more] = cookie.split('.')
  if (version !== 'v1' || !kid || !body || more !== undefined) return undefined
  const bytes = decodeOrNothing(body)
  if (bytes?.length !== ID_BYTES + SECRET_BYTES + MAC_BYTES) return undefined
  const random = bytes.subarray(0, ID_BYTES + SECRET_BYTES)
  const mac = await macOf(keys, kid, random)
  if (!mac || !equalBytes(mac, bytes.subarray(random.length))) return undefined
  return toTicket(cookie, kid, random)
}

async function sign(keys: KeyRing, kid: string, random: Uint8Array): Promise<SessionTicket> {
  const mac = await macOf(keys, kid, random)
  if (!mac) throw new TypeError(`keys: there is none with the kid ${kid}`)
  return toTicket(`v1.${kid}.${encode(concat(random, mac))}`, kid, random)
}

function macOf(keys: KeyRing, kid: string, random: Uint8Array): Promise<Uint8Array | undefined> {
  return keys.mac('ticket', `v1.${kid}.${encode(random)}`, kid)
}

async function toTicket(cookie: string, kid: string, random: Uint8Array): Promise<SessionTicket> {
  const id = new Uint8Array(random.subarray(0, ID_BYTES))
  const storeKey = encode(new Uint8Array(await crypto.subtle.digest('SHA-256', id)))
  return { cookie, storeKey, kid, secret: new Uint8Array(random.subarray(ID_BYTES)) }
}

function decodeOrNothing(text: string): Uint8Array | undefined {
  try {
    return decode(text)
  } catch {
    return undefined
  }
}
