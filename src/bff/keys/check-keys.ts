import { decode } from 'jose/base64url'
import { isObjectList } from '../check-names.ts'
import type { BffKey } from '../options.ts'
import type { ServerKey } from './key-ring.ts'

const MIN_BYTES = 32
/** 32 random bytes have about 30 different ones; fewer than so many, and nobody rolled dice. */
const MIN_DIFFERENT_BYTES = 16
const PLACEHOLDER = /change.?me|password|secret|placeholder|example|replace|0123456789|abcdefgh/i
const KID = /^[\w-]{1,32}$/

/** @throws TypeError */
export function checkKeys(keys: readonly BffKey[] | undefined): [ServerKey, ...ServerKey[]] {
  const [first, ...others] = (keys && isObjectList(keys) ? keys : []).map(checkKey)
  if (!first) throw wrong('must be a list of at least one { kid, secret }')
  const kids = [first, ...others].map(({ kid }) => kid)
  if (new Set(kids).size < kids.length) throw wrong('each kid must be another')
  return [first, ...others]
}

function checkKey({ kid, secret }: BffKey): ServerKey {
  if (typeof kid !== 'string' || !KID.test(kid)) {
    throw wrong('kid must be 1 to 32 letters, digits, _ or -')
  }
  if (typeof secret === 'string' && PLACEHOLDER.test(secret)) {
    throw wrong(`the secret of ${kid} is a placeholder. ${HOW}`)
  }
  const bytes = bytesOf(secret)
  if (!bytes || bytes.length < MIN_BYTES) {
    throw wrong(`the secret of ${kid} must be ${MIN_BYTES} random bytes in hex or base64. ${HOW}`)
  }
  if (new Set(bytes).size < MIN_DIFFERENT_BYTES)
    throw wrong(`the secret of ${kid} is not random. ${HOW}`)
  return { kid, secret: bytes }
}

const HOW = 'Make one with: openssl rand -base64 32'

function bytesOf(secret: unknown): Uint8Array<ArrayBuffer> | undefined {
  if (secret instanceof Uint8Array) return new Uint8Array(secret)
  if (typeof secret !== 'string') return undefined
  if (/^([\da-f]{2})+$/i.test(secret)) {
    return Uint8Array.from(secret.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
  }
  if (!/^[\w+/-]+={0,2}$/.test(secret)) return undefined
  try {
    return new Uint8Array(
      decode(secret.replace(/=+$/, '').replaceAll('+', '-').replaceAll('/', '_')),
    )
  } catch {
    return undefined
  }
}

function wrong(what: string): TypeError {
  return new TypeError(`createBff: keys: ${what}`)
}
