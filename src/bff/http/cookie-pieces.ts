import { readCookies } from './cookie-header.ts'
import type { Cookies } from './cookies.ts'
import type { BffRequest } from './exchange.ts'

/** Browsers keep 4,096 bytes of a cookie, with its name and attributes (RFC 6265 §6.1). */
export const PIECE_LENGTH = 3_800
/** Node takes 16 KiB of headers in a request, of which these may be the most. */
export const MAX_PIECES = 3

/** One text in several cookies. */
export class CookiePieces {
  readonly #cookies: Cookies

  constructor(cookies: Cookies) {
    this.#cookies = cookies
  }

  /** @returns the text of a request, and in how many pieces it came; undefined where one is missing or there twice */
  read(request: BffRequest): { text: string; count: number } | undefined {
    const all = readCookies(request.headers.get('cookie'))
    const values = INDEXES.map((index) => all.get(this.#cookies.pieceName(index)) ?? [])
    const count = values.findLastIndex(({ length }) => length > 0) + 1
    const pieces = values.slice(0, count)
    if (count === 0 || pieces.some(({ length }) => length !== 1)) return undefined
    return { text: pieces.flat().join(''), count }
  }

  countOf(text: string): number {
    return Math.ceil(text.length / PIECE_LENGTH)
  }

  /** Bytes of the `Cookie` header that it takes in every request. */
  sizeOf(text: string): number {
    const names = INDEXES.slice(0, this.countOf(text)).map((index) =>
      this.#cookies.pieceName(index),
    )
    // `=` before each value, and `; ` before the next name.
    return text.length + names.join('').length + 3 * names.length
  }

  /** @returns `Set-Cookie` headers; also for the pieces that a longer text had. An empty text is none at all. */
  write(text: string, maxAge: number): string[] {
    return INDEXES.map((index) => {
      const piece = text.slice(index * PIECE_LENGTH, (index + 1) * PIECE_LENGTH)
      return this.#cookies.setPiece(index, piece, piece === '' ? 0 : maxAge)
    })
  }
}

const INDEXES = Array.from({ length: MAX_PIECES }, (_, index) => index)
