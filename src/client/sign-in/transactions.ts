import type { SignInTransaction } from '../../oauth/types.ts'
import type { PageEnvironment } from '../page/environment.ts'

/** One sign-in under way: what the vault needs to finish it, and what the page does afterwards. */
export interface SignInRecord {
  /** Absent when the vault remembers it, for want of storage. */
  transaction?: SignInTransaction
  returnTo: string
  /** `sub` of the user whose session this sign-in may replace. */
  replaces?: string
  silent?: boolean
}

const TRANSACTION_LIFETIME_MS = 10 * 60_000
const MAX_TRANSACTIONS = 10

/** What is stored by `state`: `null` once it was taken, so that no reload takes it again (RFC 6749 §4.1.2). */
type StoredRecords = Record<string, [at: number, record: SignInRecord | null]>

/** Sign-ins under way in `sessionStorage`, keyed by `state`: at most ten, for ten minutes, each taken once. */
export class Transactions {
  readonly #page: Pick<PageEnvironment, 'now' | 'sessionStorage'>
  readonly #name: string

  /** @param prefix of this client's names in storage */
  constructor(page: Pick<PageEnvironment, 'now' | 'sessionStorage'>, prefix: string) {
    this.#page = page
    this.#name = `${prefix}.sign-in`
  }

  /** @returns whether it is stored */
  put(state: string, record: SignInRecord): boolean {
    return this.#write({ ...this.#read(), [state]: [this.#page.now(), record] })
  }

  /** @returns `null` where it was taken before, undefined where this tab never saw it */
  take(state: string): SignInRecord | null | undefined {
    const records = this.#read()
    const record = records[state]?.[1]
    if (record) this.#write({ ...records, [state]: [this.#page.now(), null] })
    return record
  }

  /** Whether a sign-in was begun in this tab. */
  any(): boolean {
    return Object.keys(this.#read()).length > 0
  }

  #read(): StoredRecords {
    const now = this.#page.now()
    try {
      const all = JSON.parse(this.#page.sessionStorage.get(this.#name) ?? '{}') as StoredRecords
      const young = Object.entries(all).filter(
        ([, [at]]) => Math.abs(now - at) < TRANSACTION_LIFETIME_MS,
      )
      return Object.fromEntries(young)
    } catch {
      // Another script wrote something there: no sign-in of ours.
      return {}
    }
  }

  #write(records: StoredRecords): boolean {
    const newest = Object.fromEntries(Object.entries(records).slice(-MAX_TRANSACTIONS))
    return this.#page.sessionStorage.set(this.#name, JSON.stringify(newest))
  }
}
