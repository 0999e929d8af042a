import type { SignInTransaction } from '../../oauth/types.ts'
import type { PageEnvironment } from '../page/environment.ts'
import { readRecords } from './stored-records.ts'
import { pruneRecords, writeRecords } from './write-records.ts'

/** One sign-in under way: what the vault needs to finish it, and what the page does afterwards. */
export interface SignInRecord {
  transaction: SignInTransaction
  returnTo: string
  /** `sub` of the user whose session this sign-in may replace. */
  replaces?: string
  silent?: boolean
}

const MAX_TRANSACTIONS = 10

/**
 * Sign-ins under way in `sessionStorage`, keyed by `state`: at most ten, for ten minutes, each taken once. One that is
 * there is taken at any age: the clock may have been set meanwhile, and the provider's code has a lifetime of its own.
 */
export class Transactions {
  readonly #page: Pick<PageEnvironment, 'now' | 'sessionStorage'>
  readonly #prefix: string

  /** @param prefix of this client's names in storage */
  constructor(page: Pick<PageEnvironment, 'now' | 'sessionStorage'>, prefix: string) {
    this.#page = page
    this.#prefix = prefix
  }

  /** @returns whether it is stored */
  put(state: string, record: SignInRecord | null): boolean {
    const { now, sessionStorage } = this.#page
    this.prune()
    const others = Object.entries(readRecords(sessionStorage, this.#prefix))
    const newest = others.filter(([other]) => other !== state).slice(1 - MAX_TRANSACTIONS)
    return writeRecords(sessionStorage, this.#prefix, {
      ...Object.fromEntries(newest),
      [state]: [now(), record],
    })
  }

  /** @returns `null` where it was taken before, undefined where this tab never saw it */
  take(state: string): SignInRecord | null | undefined {
    const stored = readRecords(this.#page.sessionStorage, this.#prefix)[state]
    if (!stored) return undefined
    const [, record] = stored
    // Taken before the code is sent, so that no reload takes it again (RFC 6749 §4.1.2).
    if (record) this.put(state, null)
    return record as SignInRecord | null
  }

  /** Whether a sign-in was begun in this tab. */
  any(): boolean {
    return Object.keys(readRecords(this.#page.sessionStorage, this.#prefix)).length > 0
  }

  prune(): void {
    pruneRecords(this.#page.sessionStorage, this.#prefix, this.#page.now())
  }
}
