import { encode } from 'jose/base64url'
import { CompactEncrypt } from 'jose/jwe/compact/encrypt'
import { compactDecrypt } from 'jose/jwe/compact/decrypt'
import { decodeProtectedHeader } from 'jose/decode/protected_header'
import { concat, deriveKey, hmac } from './derive.ts'

/** One key of the backend's, as `checkKeys` returned it. */
export interface ServerKey {
  kid: string
  secret: Uint8Array<ArrayBuffer>
}

/** What a key is derived for: what was sealed for one purpose opens for no other. */
export type KeyPurpose =
  | 'ticket' // the MAC of session cookies
  | 'transaction' // cookies of sign-ins under way
  | 'finished' // cookies of sign-ins that were finished while others were under way
  | 'contents' // sessions in the store, together with the secret in their cookie
  | 'session' // whole sessions in cookies
  | 'sign-in' // names of the sessions that sign-ins become
  | 'lookup' // by which the provider's back-channel logout finds sessions
  | 'logout' // the `state` of end-session requests

/**
 * They are long, and tokens are base64, which deflates by a quarter. Nobody who could see the length chooses a text that is
 * in it: what tokens and claims say is the provider's word on this one user, and no request adds to it. A sign-in under way
 * has the page's `returnTo`, and is not among them.
 */
const COMPRESSED: readonly KeyPurpose[] = ['contents', 'session']

/** How a value is sealed, where it is not as usual. */
interface Sealing {
  /** Default: the first key. */
  kid?: string
  /** A secret that is not the server's: the key is of both. */
  extra?: Uint8Array<ArrayBuffer>
  /** Can be read without a key, and not be changed. */
  header?: Record<string, number>
}

const UTF8 = new TextEncoder()
const HEADER = { alg: 'dir', enc: 'A256GCM' }
const NONE = new Uint8Array()

/**
 * The keys of the backend: the first one seals, all of them open, so that keys are replaced without ending a session.
 * Sealed values are JWEs with `dir` and `A256GCM` (RFC 7516), and nothing else is opened.
 */
export class KeyRing {
  readonly #keys: Map<string, ServerKey>
  readonly #first: ServerKey
  /** Issuer, client and application: what another deployment sealed with the same key does not open here. */
  readonly #binding: string
  readonly #derived = new Map<string, Promise<Uint8Array<ArrayBuffer>>>()

  constructor(keys: readonly [ServerKey, ...ServerKey[]], binding: string) {
    this.#first = keys[0]
    this.#keys = new Map(keys.map((key) => [key.kid, key]))
    this.#binding = binding
  }

  get firstKid(): string {
    return this.#first.kid
  }

  async seal(purpose: KeyPurpose, value: unknown, sealing: Sealing = {}): Promise<string> {
    const { kid = this.firstKid, extra, header } = sealing
    const key = await this.#ownKey(kid, purpose, extra)
    return new CompactEncrypt(UTF8.encode(JSON.stringify(value)))
      .setProtectedHeader({
        ...{ ...HEADER, kid },
        ...(COMPRESSED.includes(purpose) && { zip: 'DEF' }),
        ...header,
      })
      .encrypt(key)
  }

  /** @returns undefined for what was not sealed here, for this purpose */
  async open(purpose: KeyPurpose, sealed: string, extra = NONE): Promise<unknown> {
    try {
      const { kid = '' } = decodeProtectedHeader(sealed)
      const bytes = await this.#decrypt(purpose, sealed, kid, extra)
      return bytes && JSON.parse(new TextDecoder().decode(bytes))
    } catch {
      return undefined
    }
  }

  /**
   * For values of which many go with each request: the header of the JWE is the same in all of them but for its `kid`,
   * which stands in its place.
   */
  async sealShort(purpose: KeyPurpose, bytes: Uint8Array): Promise<string> {
    const kid = this.firstKid
    const sealed = await new CompactEncrypt(bytes)
      .setProtectedHeader({ ...HEADER, kid })
      .encrypt(await this.#ownKey(kid, purpose))
    return kid + sealed.slice(sealed.indexOf('.'))
  }

  /** @returns undefined for what `sealShort` did not seal here, for this purpose */
  async openShort(purpose: KeyPurpose, sealed: string): Promise<Uint8Array | undefined> {
    const end = sealed.indexOf('.')
    const kid = sealed.slice(0, Math.max(end, 0))
    const header = encode(JSON.stringify({ ...HEADER, kid }))
    return this.#decrypt(purpose, header + sealed.slice(end), kid, NONE)
  }

  /** @returns undefined where there is no such key (any more) */
  async mac(purpose: KeyPurpose, text: string, kid: string): Promise<Uint8Array | undefined> {
    const key = await this.#key(kid, purpose)
    return key && hmac(key, text)
  }

  /** Not reversible, and the same for equal texts: under every key, the first one's first. */
  async macs(purpose: KeyPurpose, text: string): Promise<[string, ...string[]]> {
    const of = async (kid: string) => encode((await this.mac(purpose, text, kid)) ?? NONE)
    const others = [...this.#keys.keys()].filter((kid) => kid !== this.firstKid)
    return [await of(this.firstKid), ...(await Promise.all(others.map(of)))]
  }

  async #decrypt(
    purpose: KeyPurpose,
    sealed: string,
    kid: string,
    extra: Uint8Array<ArrayBuffer>,
  ): Promise<Uint8Array | undefined> {
    const key = await this.#key(kid, purpose, extra)
    if (!key) return undefined
    try {
      const { plaintext } = await compactDecrypt(sealed, key, {
        keyManagementAlgorithms: [HEADER.alg],
        contentEncryptionAlgorithms: [HEADER.enc],
        // Deflated here, and found unchanged before it is inflated. With a limit a session of long tokens could not be opened.
        maxDecompressedLength: Infinity,
      })
      return plaintext
    } catch {
      return undefined
    }
  }

  /** @throws TypeError where there is no such key */
  async #ownKey(
    kid: string,
    purpose: KeyPurpose,
    extra?: Uint8Array<ArrayBuffer>,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const key = await this.#key(kid, purpose, extra)
    if (!key) throw new TypeError(`keys: there is none with the kid ${kid}`)
    return key
  }

  async #key(
    kid: string,
    purpose: KeyPurpose,
    extra = NONE,
  ): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const key = this.#keys.get(kid)
    if (!key) return undefined
    const info = `evertoken ${purpose} ${this.#binding}`
    if (extra.length > 0) return deriveKey(concat(key.secret, extra), kid, info)
    const id = `${purpose} ${kid}`
    const derived = this.#derived.get(id) ?? deriveKey(key.secret, kid, info)
    this.#derived.set(id, derived)
    return derived
  }
}
