import { encode } from 'jose/base64url'
import type { BffEnvironment } from '../environment.ts'
import { readCookies } from '../http/cookie-header.ts'
import type { Cookies } from '../http/cookies.ts'
import type { KeyPurpose, KeyRing } from '../keys/key-ring.ts'
import type { PreviousSession } from '../sessions/sessions.ts'
import { SIGN_IN_MS } from './tombstones.ts'
import { fromBytes, toBytes, type LoginTransaction } from './transaction-bytes.ts'
import type { BffRequest } from '../http/exchange.ts'

const LIFETIME_MS = SIGN_IN_MS
/** Of sign-ins that one browser has under way, in all its tabs. */
const MAX_TRANSACTIONS = 12
/** Of their cookies together, names included: servers and proxies refuse requests with more than 8 KiB of headers. */
const MAX_SIZE = 4096
const HASH_LENGTH = 16

type TransactionPurpose = Extract<KeyPurpose, 'transaction' | 'finished'>

/** A sign-in that was finished while others of its browser were under way. */
export interface FinishedTransaction {
  /** Its cookie's name. */
  name: string
  codeVerifier: string
  /** What it became. */
  session: PreviousSession
}

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
    return (await this.#openAll(request, 'transaction')).map(({ transaction }) => transaction)
  }

  /**
   * A sign-in is over. While others of its browser are under way, it leaves a cookie that says what it became: the next one
   * replaces that session, whose own cookie may be `Strict` and not come back from the provider. Where two are finished at
   * once, neither knows what the other becomes, and the browser says afterwards which answer it got last.
   * @returns `Set-Cookie` headers
   */
  async finish(
    request: BffRequest,
    transaction: LoginTransaction,
    session: PreviousSession,
  ): Promise<string[]> {
    const { state } = transaction
    const deletion = await this.deletionOf(state)
    const others = (await this.open(request)).filter((one) => one.state !== state)
    if (others.length === 0) return [deletion]
    const name = await this.nameOf(`finished ${state}`)
    // Those that are finished at once do not see each other: each has its share.
    const room = MAX_SIZE / (others.length + 1) - name.length
    const value = await this.#sealFinished(transaction, session, room)
    // As long as the one that began last may take.
    return [deletion, this.#cookies.setTransaction(name, value, LIFETIME_MS / 1000)]
  }

  async #sealFinished(
    transaction: LoginTransaction,
    session: PreviousSession,
    room: number,
  ): Promise<string> {
    const left = { ...transaction, returnTo: '/', startedAt: this.#env.now() }
    const seal = (previous: PreviousSession) =>
      this.#keys.sealShort('finished', toBytes({ ...left, previous }))
    const value = await seal(session)
    if (value.length <= room) return value
    // Its refresh tokens expire by themselves.
    const { storeKey, secret } = session
    return seal({ storeKey, secret })
  }

  /** Those that `finish` left in this browser. */
  async finished(request: BffRequest): Promise<FinishedTransaction[]> {
    return (await this.#openAll(request, 'finished')).flatMap(({ name, transaction }) => {
      const { codeVerifier, previous: session } = transaction
      return session ? [{ name, codeVerifier, session }] : []
    })
  }

  /** `Set-Cookie` headers by which the browser forgets these. */
  deletionOfFinished(all: readonly FinishedTransaction[]): string[] {
    return all.map(({ name }) => this.#cookies.deleteTransaction(name))
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

  async #openAll(
    request: BffRequest,
    purpose: TransactionPurpose,
  ): Promise<{ name: string; transaction: LoginTransaction }[]> {
    const all = this.#cookiesOf(request).flatMap(([name, values]) =>
      values.map(async (value) => ({ name, transaction: await this.#open(value, purpose) })),
    )
    return (await Promise.all(all)).flatMap(({ name, transaction }) =>
      transaction ? [{ name, transaction }] : [],
    )
  }

  async #open(
    value: string,
    purpose: TransactionPurpose = 'transaction',
  ): Promise<LoginTransaction | undefined> {
    const bytes = await this.#keys.openShort(purpose, value)
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
