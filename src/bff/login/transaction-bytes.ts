import { decode, encode } from 'jose/base64url'
import { concat } from '../keys/derive.ts'
import type { PreviousSession } from '../sessions/sessions.ts'

/** What a sign-in under way remembers in the browser, sealed. */
export interface LoginTransaction {
  state: string
  nonce: string
  codeVerifier: string
  returnTo: string
  /** ms since 1970. */
  startedAt: number
  /** Seconds, where the sign-in asked for it. */
  maxAge?: number | undefined
  /**
   * The session that the browser had: a `Strict` cookie does not come with the callback, and a session that is
   * replaced ends.
   */
  previous?: PreviousSession | undefined
}

/** Random values are in base64url outside; here they are the bytes, which are a quarter shorter. */
const STATE = 16
const SECRET = 32
const TIME = 8
/** So much of what is to be revoked goes with a sign-in under way, and so long a name of whose it is. */
const MAX_REFRESH_TOKENS_LENGTH = 128
const MAX_SUB_LENGTH = 64

/** What comes first: which members of the session before there are. */
const NO_PREVIOUS = 0
const PREVIOUS = 1
/** With a `sub` before its refresh tokens: another user's are revoked, and the same user's kept. */
const PREVIOUS_OF_USER = 2

/** What has no fixed length. */
type Rest = [returnTo: string, maxAge: number | null, ...ofPrevious: string[]]

/** A sign-in under way in few bytes: twelve of them, sealed, fit in 4 KB of cookies beside a session's. */
export function toBytes(transaction: LoginTransaction): Uint8Array<ArrayBuffer> {
  const { state, nonce, codeVerifier, startedAt, returnTo, maxAge, previous } = transaction
  const time = new DataView(new ArrayBuffer(TIME))
  time.setFloat64(0, startedAt)
  const refreshTokens = thoseWithRoom(previous?.refreshTokens ?? [])
  const sub = refreshTokens.length > 0 ? subWithRoom(previous?.sub) : []
  const rest: Rest = [returnTo, maxAge ?? null, ...sub, ...refreshTokens]
  const kind = sub.length > 0 ? PREVIOUS_OF_USER : PREVIOUS
  return concat(
    Uint8Array.of(previous ? kind : NO_PREVIOUS),
    bytesOf(state, STATE),
    bytesOf(nonce, SECRET),
    bytesOf(codeVerifier, SECRET),
    new Uint8Array(time.buffer),
    ...(previous ? [bytesOf(previous.storeKey, SECRET), bytesOf(previous.secret, SECRET)] : []),
    new TextEncoder().encode(JSON.stringify(rest)),
  )
}

/** @returns undefined for bytes that are not of this version's `toBytes` */
export function fromBytes(bytes: Uint8Array): LoginTransaction | undefined {
  try {
    return parse(bytes)
  } catch {
    return undefined
  }
}

/** @throws where they are cut, or end otherwise */
function parse(bytes: Uint8Array): LoginTransaction {
  let at = 0
  const next = (length: number) => {
    if (at + length > bytes.length) throw new RangeError('They are cut.')
    return bytes.subarray(at, (at += length))
  }
  const text = (length: number) => encode(next(length))
  const kind = next(1)[0]
  const [state, nonce, codeVerifier] = [text(STATE), text(SECRET), text(SECRET)]
  const time = next(TIME)
  const startedAt = new DataView(time.buffer, time.byteOffset).getFloat64(0)
  const hasPrevious = kind === PREVIOUS || kind === PREVIOUS_OF_USER
  const before = hasPrevious && { storeKey: text(SECRET), secret: text(SECRET) }
  const [returnTo, maxAge, ...refreshTokens] = readRest(bytes.subarray(at))
  const sub = kind === PREVIOUS_OF_USER ? refreshTokens.shift() : undefined
  return {
    ...{ state, nonce, codeVerifier, startedAt, returnTo },
    maxAge: maxAge ?? undefined,
    previous: before ? { ...before, refreshTokens, sub } : undefined,
  }
}

/** @throws TypeError, SyntaxError */
function readRest(bytes: Uint8Array): Rest {
  const rest = JSON.parse(new TextDecoder().decode(bytes)) as unknown[]
  const [returnTo, maxAge, ...ofPrevious] = rest
  const isMaxAge = maxAge === null || typeof maxAge === 'number'
  const areTexts = [returnTo, ...ofPrevious].every((text) => typeof text === 'string')
  if (!isMaxAge || !areTexts) throw new TypeError('They are of another version.')
  return rest as Rest
}

function bytesOf(text: string, length: number): Uint8Array {
  const bytes = decode(text)
  if (bytes.length !== length) throw new TypeError(`It must be ${length} bytes.`)
  return bytes
}

function subWithRoom(sub: string | undefined): string[] {
  return sub === undefined || sub.length > MAX_SUB_LENGTH ? [] : [sub]
}

function thoseWithRoom(refreshTokens: readonly string[]): string[] {
  const list: string[] = []
  let room = MAX_REFRESH_TOKENS_LENGTH
  for (const one of refreshTokens) if ((room -= one.length) >= 0) list.push(one)
  return list
}
