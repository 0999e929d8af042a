import { encode } from 'jose/base64url'
import type { BffEnvironment } from '../environment.ts'
import { readCookies } from '../http/cookie-header.ts'
import type { Cookies } from '../http/cookies.ts'
import type { KeyRing } from '../keys/key-ring.ts'
import type { PreviousSession } from '../sessions/sessions.ts'
import { SIGN_IN_MS } from './tombstones.ts'
import type { BffRequest } from '../http/exchange.ts'

const LIFETIME_MS = SIGN_IN_MS
/** Of sign-ins that one browser has under way, in all its tabs. */
const MAX_TRANSACTIONS = 12
/** Of their cookies together, names included: servers and proxies refuse requests with more than 8 KiB of headers. */
const MAX_SIZE = 4096
const HASH_LENGTH = 16
/** So much of what is to be revoked goes with a sign-in under way. */
const MAX_REFRESH_TOKENS_LENGTH = 128

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

/** In a list, because each name would be in each of twelve cookies. */
type Sealed = [
  state: string,
  nonce: string,
  codeVerifier: string,
  startedAt: number,
  returnTo?: string,
  maxAge?: number | null,
  previous?: [storeKey: string, secret: string, ...refreshTokens: string[]],
]

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
    const { state, nonce, codeVerifier, startedAt, returnTo, maxAge, previous } = transaction
    const sealed: Sealed = [state, nonce, codeVerifier, startedAt]
    if (returnTo !== '/' || maxAge !== undefined || previous !== undefined) sealed.push(returnTo)
    if (maxAge !== undefined || previous !== undefined) sealed.push(maxAge ?? null)
    if (previous !== undefined) sealed.push(toList(previous))
    const name = await this.#nameOf(state)
    const value = await this.#keys.seal('transaction', sealed)
    const crowded = await this.#crowded(request, name.length + value.length)
    return [
      this.#cookies.setTransaction(name, value, LIFETIME_MS / 1000),
      ...crowded.map((old) => this.#cookies.deleteTransaction(old)),
    ]
  }

  /** @returns the sign-in that this response is for, if this browser began it and it is not over */
  async find(request: BffRequest, state: string): Promise<LoginTransaction | undefined> {
    const [value, another] =
      readCookies(request.headers.get('cookie')).get(await this.#nameOf(state)) ?? []
    if (value === undefined || another !== undefined) return undefined
    const transaction = await this.#open(value)
    return transaction?.state === state ? transaction : undefined
  }

  async deletionOf(state: string): Promise<string> {
    return this.#cookies.deleteTransaction(await this.#nameOf(state))
  }

  async #open(value: string): Promise<LoginTransaction | undefined> {
    const sealed = (await this.#keys.open('transaction', value)) as Sealed | undefined
    if (!sealed) return undefined
    const [state, nonce, codeVerifier, startedAt, returnTo = '/', maxAge, previous] = sealed
    const age = this.#env.now() - startedAt
    if (age > LIFETIME_MS) return undefined
    return {
      ...{ state, nonce, codeVerifier, startedAt, returnTo },
      maxAge: maxAge ?? undefined,
      previous: previous && fromList(previous),
    }
  }

  /** The oldest ones, so that with the new one there are not too many. */
  async #crowded(request: BffRequest, newSize: number): Promise<string[]> {
    const all = [...readCookies(request.headers.get('cookie'))].filter(([name]) =>
      name.startsWith(this.#cookies.transactionPrefix),
    )
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

  async #nameOf(state: string): Promise<string> {
    const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(state))
    return this.#cookies.transactionPrefix + encode(new Uint8Array(hash)).slice(0, HASH_LENGTH)
  }
}

function toList({ storeKey, secret, refreshTokens = [] }: PreviousSession) {
  const list: NonNullable<Sealed[6]> = [storeKey, secret]
  let room = MAX_REFRESH_TOKENS_LENGTH
  for (const one of refreshTokens) if ((room -= one.length) >= 0) list.push(one)
  return list
}

function fromList([storeKey, secret, ...refreshTokens]: NonNullable<Sealed[6]>): PreviousSession {
  return { storeKey, secret, refreshTokens }
}
