import type { HeaderFields } from '../http/exchange.ts'

/** Headers as `Headers` would have them, of Node's list of names and values. */
export class HeaderLines implements HeaderFields {
  readonly #values = new Map<string, string>()

  constructor(raw: readonly string[]) {
    for (let at = 0; at + 1 < raw.length; at += 2) {
      const name = (raw[at] ?? '').toLowerCase()
      // RFC 9113 §8.3: pseudo-headers say what `method` and `url` say.
      if (name.startsWith(':')) continue
      const value = raw[at + 1] ?? ''
      const before = this.#values.get(name)
      // Cookies may come in several headers (RFC 9113 §8.2.3), and are joined by semicolons.
      const joint = name === 'cookie' ? '; ' : ', '
      this.#values.set(name, before === undefined ? value : before + joint + value)
    }
  }

  get(name: string): string | null {
    return this.#values.get(name) ?? null
  }

  delete(name: string): void {
    this.#values.delete(name)
  }

  [Symbol.iterator](): Iterator<[string, string]> {
    return this.#values.entries()
  }
}
