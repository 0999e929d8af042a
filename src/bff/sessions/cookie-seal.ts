import { decodeProtectedHeader } from 'jose/decode/protected_header'
import { decode, encode } from 'jose/base64url'
import type { CookiePieces } from '../http/cookie-pieces.ts'
import { ProblemError } from '../http/problem.ts'
import type { KeyRing } from '../keys/key-ring.ts'
import { ID_BYTES, namesOfSignIn, type SessionTicket } from '../keys/session-ticket.ts'
import { readContents } from './check-contents.ts'
import type { SessionContents } from './session-contents.ts'
import type { LiveSession, SessionTimes } from './sessions.ts'
import type { BffRequest } from '../http/exchange.ts'

/** What is in the cookies: in a list, for each name would be in every request. */
type Sealed = [
  id: string,
  createdAt: number,
  idleUntil: number,
  absoluteUntil: number,
  contents: SessionContents,
]

/** 32 bytes. */
const ID = /^[\w-]{43}$/

/** @returns undefined for what another version of the backend sealed otherwise */
function readSealed(opened: unknown): Sealed | undefined {
  const [id, ...rest] = Array.isArray(opened) ? (opened as unknown[]) : []
  const [createdAt, idleUntil, absoluteUntil, sealed] = rest
  const contents = readContents(sealed)
  const isWhole = typeof id === 'string' && ID.test(id) && contents !== undefined
  if (!isWhole || ![createdAt, idleUntil, absoluteUntil].every(Number.isFinite)) return undefined
  return [id, createdAt as number, idleUntil as number, absoluteUntil as number, contents]
}

interface SealParts {
  keys: KeyRing
  pieces: CookiePieces
  maxBytes: number
}

/** A whole session as one sealed text in pieces. How many they are, and of which renewal, is sealed with it. */
export class CookieSeal {
  readonly #parts: SealParts

  constructor(parts: SealParts) {
    this.#parts = parts
  }

  /** Those that the session of a sign-in may have, its own first. */
  async ticketsOfSignIn(codeVerifier: string): Promise<[SessionTicket, ...SessionTicket[]]> {
    const [first, ...others] = await namesOfSignIn(this.#parts.keys, codeVerifier)
    const ticket = (name: Uint8Array) => this.#ticketOf(encode(name.subarray(0, ID_BYTES)))
    return [await ticket(first), ...(await Promise.all(others.map(ticket)))]
  }

  /** @throws ProblemError `session_too_large` */
  async seal({ ticket, record, contents }: LiveSession): Promise<string> {
    const { createdAt, idleUntil, absoluteUntil } = record
    const sealed: Sealed = [ticket.cookie, createdAt, idleUntil, absoluteUntil, contents]
    const text = await this.#inPieces(sealed)
    if (this.#fits(text)) return text
    // Replaced refresh tokens run out by themselves; a logout does without its hint; a session does not do without its
    // refresh token.
    const { replaced, ...alone } = contents
    const { idToken, ...rest } = alone
    const shorter = [...(replaced ? [alone] : []), ...(idToken === undefined ? [] : [rest])]
    for (const one of shorter) {
      const short = await this.#inPieces([ticket.cookie, createdAt, idleUntil, absoluteUntil, one])
      if (this.#fits(short)) return short
    }
    throw new ProblemError('session_too_large')
  }

  /** @returns undefined for what was not sealed here, was cut, put together of several, or is another version's */
  async open(request: BffRequest): Promise<LiveSession | undefined> {
    const { keys, pieces } = this.#parts
    const read = pieces.read(request)
    if (!read) return undefined
    const sealed = readSealed(await keys.open('session', read.text))
    if (!sealed || decodeProtectedHeader(read.text)['n'] !== read.count) return undefined
    const [id, createdAt, idleUntil, absoluteUntil, contents] = sealed
    const record: SessionTimes = { createdAt, idleUntil, absoluteUntil }
    return { ticket: await this.#ticketOf(id), record, contents }
  }

  #fits(text: string): boolean {
    return this.#parts.pieces.sizeOf(text) <= this.#parts.maxBytes
  }

  /** The number of pieces is in what is cut into them: a guess, until it is right. */
  async #inPieces(sealed: Sealed, n = 1): Promise<string> {
    const { keys, pieces } = this.#parts
    const header = { n, gen: sealed[4].generation }
    const text = await keys.seal('session', sealed, { header })
    const count = pieces.countOf(text)
    return count > n ? this.#inPieces(sealed, count) : text
  }

  /** Its id is in the cookie alone: what a store has of it for a while opens with it. */
  async #ticketOf(id: string): Promise<SessionTicket> {
    const secret = new Uint8Array(decode(id))
    const storeKey = encode(new Uint8Array(await crypto.subtle.digest('SHA-256', secret)))
    return { cookie: id, storeKey, kid: this.#parts.keys.firstKid, secret }
  }
}
