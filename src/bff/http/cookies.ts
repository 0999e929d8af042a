/** How cookies of this application are called and set. */
export interface CookieJarSettings {
  /** Of the application: several on one host differ in it. */
  name: string
  /** On http on this very machine, where browsers differ about `Secure` and about name prefixes. */
  development: boolean
  sameSite: 'Strict' | 'Lax'
  /** Of the cookies of sign-ins under way. */
  transaction: 'Lax' | 'None'
}

interface CookieAttributes {
  sameSite: 'Strict' | 'Lax' | 'None'
  /** Seconds. Undefined: until the browser is closed. */
  maxAge: number | undefined
}

/**
 * Cookies that only this host's server can have set, over https, and that no script reads (OAuth 2.0 for
 * Browser-Based Applications §6.1.3.2; draft-ietf-httpbis-rfc6265bis, `__Host-Http-`).
 */
export class Cookies {
  readonly session: string
  /** Of sign-ins under way: one cookie each. */
  readonly transactionPrefix: string
  readonly #settings: CookieJarSettings

  constructor(settings: CookieJarSettings) {
    const { name, development } = settings
    this.session = development ? `${name}-dev` : `__Host-Http-${name}`
    this.transactionPrefix = `${this.session}.tx.`
    this.#settings = settings
  }

  setSession(value: string, maxAge: number): string {
    return this.#set(this.session, value, { sameSite: this.#settings.sameSite, maxAge })
  }

  deleteSession(): string {
    return this.setSession('', 0)
  }

  /** Of a session that is in cookies as a whole: one piece of it. */
  pieceName(index: number): string {
    return `${this.session}.${index}`
  }

  setPiece(index: number, value: string, maxAge: number): string {
    return this.#set(this.pieceName(index), value, { sameSite: this.#settings.sameSite, maxAge })
  }

  /** Never `Strict`: the provider sends the user back from another site. */
  setTransaction(name: string, value: string, maxAge: number): string {
    return this.#set(name, value, { sameSite: this.#settings.transaction, maxAge })
  }

  deleteTransaction(name: string): string {
    return this.#set(name, '', { sameSite: this.#settings.transaction, maxAge: 0 })
  }

  #set(name: string, value: string, { sameSite, maxAge }: CookieAttributes): string {
    const parts = [`${name}=${value}`, 'Path=/', 'HttpOnly', `SameSite=${sameSite}`]
    if (!this.#settings.development) parts.push('Secure')
    if (maxAge !== undefined) parts.push(`Max-Age=${Math.max(0, Math.floor(maxAge))}`)
    return parts.join('; ')
  }
}
