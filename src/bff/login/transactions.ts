import { encode } from 'jose/base64url'
import type { BffEnvironment } from '../environment.ts'
import { readCookies } from '../http/cookie-header.ts'
import type { Cookies } from '../http/cookies.ts'
import type { KeyRing } from '../keys/key-ring.ts'
import { SIGN_IN_MS } from './tombstones.ts'
import { fromBytes, toBytes, type LoginTransaction } from './transaction-bytes.ts'
import type { BffRequest } from '../http/exchange.ts'

const LIFETIME_MS = SIGN_IN_MS
/** Of sign-ins that one browser has under way, in all its tabs. */
const MAX_TRANSACTIONS = 12
/** Of their cookies together, names included: servers and proxies refuse requests with more than 8 KiB of headers. */
const MAX_SIZE = 4096
const HASH_LENGTH = 16
/** Sign-ins under way: a cookie each, found by the `state` that the provider gives back, used once. */
export class LoginTransactions {
  readonly #env: Pick<BffEnvironment, 'now'>
  readonly #keys: KeyRing
  readonly #cookies: Cookies

  constructor(env: Pick<BffEnvironment, 'now'>, keys: KeyRing, cookies: Cookies) {
    this.#env = env
    this.#keys = keys
    this.#cookies = cookies
  }

  /** @returns `Set-Cookie` headers: the new one, and the deletion of those that are over or too many */
  async begin(request: BffRequest, transaction: LoginTransaction): Promise<string[]> {
    const name = await this.nameOf(transaction.state)
    const value = await this.#keys.sealShort('transaction', toBytes(transaction))
    const crowded = await this.#crowded(request, name.length + value.length)
    return [
      this.#cookies.setTransaction(name, value, LIFETIME_MS / 1000),
      ...crowded.map((old) => this.#cookies.deleteTransaction(old)),
    ]
  }

  /** @returns the sign-in that this response is for, if this browser began it and it is not over */
  async find(request: BffRequest, state: string): Promise<LoginTransaction | undefined> {
    const [value, another] =
      readCookies(request.headers.get('cookie')).get(await this.nameOf(state)) ?? []
    if (value === undefined || another !== undefined) return undefined
    const transaction = await this.#open(value)
    return transaction?.state === state ? transaction : undefined
  }

  /** Those that this browser has under way, or does not know to be over yet. */
  async open(request: BffRequest): Promise<LoginTransaction[]> {
    const values = this.#cookiesOf(request).flatMap(([, given]) => given)
    const opened = await Promise.all(values.map((value) => this.#open(value)))
    return opened.filter((transaction) => transaction !== undefined)
  }

  /** `Set-Cookie` headers by which the browser forgets them all. */
  deletion(request: BffRequest): string[] {
    return this.#cookiesOf(request).map(([name]) => this.#cookies.deleteTransaction(name))
  }

  async deletionOf(state: string): Promise<string> {
    return this.#cookies.deleteTransaction(await this.nameOf(state))
  }

  /** Of those that this browser has under way: each name, and its values. */
  #cookiesOf(request: BffRequest): [name: string, values: string[]][] {
    const all = readCookies(request.headers.get('cookie'))
    return [...all].filter(([name]) => name.startsWith(this.#cookies.transactionPrefix))
  }

  async #open(value: string): Promise<LoginTransaction | undefined> {
    const bytes = await this.#keys.openShort('transaction', value)
    const transaction = bytes && fromBytes(bytes)
    if (!transaction || this.#env.now() - transaction.startedAt > LIFETIME_MS) return undefined
    return transaction
  }

  /** The oldest ones, so that with the new one there are not too many. */
  async #crowded(request: BffRequest, newSize: number): Promise<string[]> {
    const all = this.#cookiesOf(request)
    const sizeOf = ([name, values]: [string, string[]]) => name.length + values.join().length
    let size = all.reduce((sum, cookie) => sum + sizeOf(cookie), newSize)
    let count = all.length + 1
    if (count <= MAX_TRANSACTIONS && size <= MAX_SIZE) return []
    const dated = await Promise.all(
      all.map(async (cookie) => {
        const opened = await this.#open(cookie[1][0] ?? '')
        return { cookie, startedAt: opened?.startedAt ?? 0 }
      }),
    )
    const crowded: string[] = []
    for (const { cookie } of dated.sort((one, other) => one.startedAt - other.startedAt)) {
      if (count <= MAX_TRANSACTIONS && size <= MAX_SIZE) break
      crowded.push(cookie[0])
      size -= sizeOf(cookie)
      count--
    }
    return crowded
  }

  /** Of its cookie. */
  async nameOf(state: string): Promise<string> {
    const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(state))
    return this.#cookies.transactionPrefix + encode(new Uint8Array(hash)).slice(0, HASH_LENGTH)
  }
}
