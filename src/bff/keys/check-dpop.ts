import type { BffOptions, DpopKey } from '../options.ts'

/** What oauth4webapi signs proofs with. */
const ALGORITHMS = ['ECDSA', 'RSA-PSS', 'RSASSA-PKCS1-v1_5', 'Ed25519']

/** @throws TypeError that names the option: with a wrong key nobody could sign in */
export function checkDpop({ dpop, mediated = [] }: BffOptions): DpopKey | undefined {
  if (dpop === undefined) return undefined
  const { privateKey, publicKey } = Object(dpop) as Partial<DpopKey>
  if (!isKey(privateKey, 'private') || !privateKey.usages.includes('sign')) {
    throw wrong('dpop.privateKey must be a private CryptoKey that may sign')
  }
  if (!isKey(publicKey, 'public') || !publicKey.extractable) {
    throw wrong('dpop.publicKey must be a public CryptoKey, extractable: it is in each proof')
  }
  if (!isPair(privateKey, publicKey)) throw wrong('dpop: the keys must be a pair')
  // RFC 9449 §7.1: whoever sends such a token proves that it has the key.
  if (mediated.length > 0) throw wrong('mediated: with dpop pages get no token: they have no key')
  return { privateKey, publicKey }
}

function isKey(key: CryptoKey | undefined, type: KeyType): key is CryptoKey {
  return key instanceof CryptoKey && key.type === type && ALGORITHMS.includes(key.algorithm.name)
}

/** As far as their algorithms say. */
function isPair({ algorithm: one }: CryptoKey, { algorithm: other }: CryptoKey): boolean {
  const of = ({ name, namedCurve }: KeyAlgorithm & { namedCurve?: string }) =>
    `${name} ${namedCurve ?? ''}`
  return of(one) === of(other)
}

function wrong(what: string): TypeError {
  return new TypeError(`createBff: ${what}`)
}
