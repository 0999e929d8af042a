import { exportJWK, generateKeyPair, type CryptoKey, type JWK } from 'jose'

export interface SigningKey {
  alg: string
  kid: string
  privateKey: CryptoKey
  /** As published. Change it to publish something else. */
  jwk: JWK
}

/** The keys of one provider. */
export class SigningKeys {
  /** Published, in this order. */
  published: SigningKey[] = []
  /** Signs ID tokens; undefined: the first published one. */
  signing: SigningKey | undefined
  #rotations = 0

  /** Another key: published last, not yet signing. */
  async add(alg: string): Promise<SigningKey> {
    const ofAlg = this.published.filter((key) => key.alg === alg).length
    const pooled = await pooledKey(alg, ofAlg + this.#rotations)
    const key = { ...pooled, jwk: { ...pooled.jwk } }
    this.published.push(key)
    return key
  }

  /** From now on only a new key is published, and it signs. */
  async rotate(alg: string): Promise<void> {
    this.#rotations++
    this.published = []
    this.signing = await this.add(alg)
  }

  /** @throws TypeError when there is none */
  get current(): SigningKey {
    const key = this.signing ?? this.published[0]
    if (!key) throw new TypeError('This provider has no key that signs: add one.')
    return key
  }
}

export async function makeKey(alg: string, kid: string): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  return { alg, kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } }
}

// Making RSA keys takes a while: all providers of one thread share them, in order.
const pool = new Map<string, Promise<SigningKey>[]>()

function pooledKey(alg: string, index: number): Promise<SigningKey> {
  const keys = pool.get(alg) ?? []
  pool.set(alg, keys)
  return (keys[index] ??= makeKey(alg, `${alg}-${index}`))
}
