import { AuthError } from '../../errors.ts'
import { normalizeNeed } from '../../renewal/token-need.ts'
import type { IssuedToken, TokenNeed, Vault } from '../../vault/vault.ts'
import { checkResource } from '../../oauth/endpoint.ts'
import { DEVELOPMENT } from '../page/development.ts'
import { PENDING, type AccessTokenNeed, type Renewal } from './access-token.ts'
import { TokenEntry } from './token-entry.ts'
import type { TokenEntryParts, TokenSession } from './token-entry-parts.ts'

declare const process: { env: { NODE_ENV?: string } }

/** Needs may be as many as an application can think of: with more than this, those without a reader are dropped. */
const MAX_ENTRIES = 200

export interface TokenCacheParts extends Pick<TokenEntryParts, 'page' | 'minValidity'> {
  withVault<T>(call: (vault: Vault) => Promise<T>): Promise<T>
}

/** The page's access tokens, one entry for each need: of one user, while that user is signed in. */
export class TokenCache implements TokenEntryParts {
  readonly page: TokenEntryParts['page']
  readonly minValidity: number
  /** The user who is signed in. */
  session: TokenSession | undefined
  closed = PENDING
  resumes = 0
  signIns = 0
  readonly #withVault: TokenCacheParts['withVault']
  readonly #entries = new Map<string, TokenEntry>()

  constructor({ page, minValidity, withVault }: TokenCacheParts) {
    this.page = page
    this.minValidity = minValidity
    this.#withVault = withVault
  }

  /** Whether any token is read as a value. */
  get isRead(): boolean {
    return [...this.#entries.values()].some(({ isRead }) => isRead)
  }

  /** A user is signed in. What was held for another user is dropped first. */
  open(subject: string, token: IssuedToken | undefined): void {
    const isSame = subject === this.session?.subject
    if (!isSame) this.session = { subject }
    for (const entry of this.#entries.values()) {
      entry.forgetError()
      if (!isSame) entry.drop()
    }
    if (token) this.store(token)
    this.publishAll()
  }

  /** No user is signed in, for this reason; without one it is not known yet who is. */
  close(error?: AuthError): void {
    this.session = undefined
    this.closed = error ? { status: 'unavailable', error } : PENDING
    for (const entry of this.#entries.values()) entry.drop()
    this.publishAll()
  }

  /** It is not known any more who is signed in. */
  suspend(): void {
    if (this.session) this.close()
  }

  /** Why there is no token of the session that was open. */
  closedError(): AuthError {
    return this.closed.status === 'unavailable'
      ? this.closed.error
      : new AuthError('user_mismatch', { message: 'Another user signed in.' })
  }

  /** @throws TypeError for a need that is not understood */
  entry(given?: AccessTokenNeed): TokenEntry {
    const need = normalizeNeed(given)
    let entry = this.#entries.get(need.key)
    if (!entry) {
      // Told here while developing: the vault would refuse it later.
      if (DEVELOPMENT && process.env.NODE_ENV !== 'production') {
        checkResource(need.resource)
      }
      this.#forgetIdle()
      entry = new TokenEntry(this, need)
      this.#entries.set(need.key, entry)
    }
    return entry
  }

  /** Takes a token from the vault, as an answer or as an event. */
  store(issued: IssuedToken): void {
    // A token that is another user's, or comes while no session is open, belongs to a session that is over.
    if (issued.subject !== this.session?.subject) return
    // The session's own is always kept; a token of another tab's need is nothing to this one.
    const entry = issued.key === '' ? this.entry() : this.#entries.get(issued.key)
    entry?.store(issued)
  }

  /** What the vault reports of a renewal. */
  setRenewal(key: string, renewal: Renewal): void {
    // While no user is signed in it belongs to a session that is over.
    if (this.session) this.#entries.get(key)?.setRenewal(renewal)
  }

  /** Asks the vault, and stores the answer. @throws AuthError */
  async request(need: TokenNeed): Promise<IssuedToken> {
    const { session } = this
    const issued = await this.#withVault((vault) =>
      vault.getToken({ ...need, subject: session?.subject }),
    )
    if (session !== this.session) throw this.closedError()
    this.store(issued)
    this.#forgetIdle()
    return issued
  }

  /** @param resumed the page is visible or online again: each need's next request tells the vault */
  publishAll(resumed = false): void {
    if (resumed) this.resumes++
    for (const entry of [...this.#entries.values()]) entry.publish()
  }

  /** Needs that are of no use any more are forgotten; of too many the oldest. */
  #forgetIdle(): void {
    for (const [key, entry] of this.#entries) {
      const isIdle = !entry.isRead && (entry.isOver || this.#entries.size > MAX_ENTRIES)
      if (key !== '' && isIdle) this.#entries.delete(key)
    }
  }
}
