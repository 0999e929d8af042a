import { AuthError } from '../../errors.ts'
import { backoff } from '../../renewal/backoff.ts'
import type { AuthClient } from '../auth-client.ts'
import type { PageEnvironment } from '../page/environment.ts'
import type { ConnectionStart, ConnectOptions, OpenConnection } from './connection-options.ts'

/** A server that takes connections and drops them at once is one that fails. */
const STEADY_MS = 10_000

export interface ConnectionParts {
  page: Pick<PageEnvironment, 'listen' | 'timer' | 'monotonic' | 'random'>
}

type Client = Pick<AuthClient<unknown>, 'getSession' | 'subscribe' | 'getAccessToken'>

interface Attempt {
  subject: string
  stop: AbortController
  startedAt: number
  connection?: OpenConnection
}

/** @returns what ends it */
export function connect(
  parts: ConnectionParts,
  client: Client,
  options: ConnectOptions,
): () => void {
  return new Connection(parts, client, options).end
}

/**
 * A connection of the user who is signed in: opened with a token that is valid then, opened again when it is lost, closed
 * with the session. That the token is renewed meanwhile is nothing to it: the server looked at it at the start.
 */
class Connection {
  readonly #parts: ConnectionParts
  readonly #client: Client
  readonly #options: ConnectOptions
  readonly #endings: (() => void)[]
  #attempt: Attempt | undefined
  #failures = 0
  /** In the back-forward cache, from which an open connection would keep the page. */
  #isAway = false
  #cancelPause: (() => void) | undefined

  constructor(parts: ConnectionParts, client: Client, options: ConnectOptions) {
    this.#parts = parts
    this.#client = client
    this.#options = options
    this.#endings = [
      client.subscribe(() => this.#look()),
      parts.page.listen((event, isCached) => {
        if (event === 'pagehide' && isCached) this.#isAway = true
        if (event === 'pageshow') this.#isAway = false
        this.#endPause()
        this.#look()
      }),
    ]
    this.#look()
  }

  /** For good. */
  readonly end = (): void => {
    for (const end of this.#endings) end()
    this.#endPause()
    this.#close()
  }

  /** The user, the page or the network is back: a pause of before says nothing. */
  #endPause(): void {
    this.#cancelPause?.()
    this.#cancelPause = undefined
  }

  /** Whether there should be a connection, and whose. */
  #look(): void {
    const session = this.#client.getSession()
    const { status } = session
    const subject = 'subject' in session ? session.subject : undefined
    // A user who signs in again keeps what they have until then.
    const mayStay = status === 'signed-in' || status === 'signing-in'
    const isWanted = mayStay && !this.#isAway
    if (this.#attempt && !(isWanted && this.#attempt.subject === subject)) this.#close()
    const mayOpen = status === 'signed-in' && isWanted && subject !== undefined
    if (mayOpen && !this.#attempt && !this.#cancelPause) void this.#open(subject)
  }

  async #open(subject: string): Promise<void> {
    const { page } = this.#parts
    const attempt: Attempt = { subject, stop: new AbortController(), startedAt: page.monotonic() }
    this.#attempt = attempt
    const { signal } = attempt.stop
    const { open, resource, scope } = this.#options
    if (typeof open !== 'function') {
      return this.#mistake(new TypeError('auth.connect: `open` must be a function'))
    }
    let accessToken: string | undefined
    try {
      accessToken = await this.#client.getAccessToken({ resource, scope, signal })
    } catch (error) {
      const isKept = error instanceof AuthError && error.code === 'token_not_in_page'
      if (error instanceof TypeError) return this.#mistake(error)
      if (!isKept) return this.#lost(attempt, error as AuthError)
    }
    // Ended, or another user's, while the token was on its way.
    if (this.#attempt !== attempt) return
    attempt.startedAt = page.monotonic()
    try {
      this.#follow(attempt, open({ accessToken, subject, signal } satisfies ConnectionStart))
    } catch (error) {
      this.#mistake(error)
    }
  }

  #follow(attempt: Attempt, opened: OpenConnection | PromiseLike<unknown>): void {
    const lost = (): void => this.#lost(attempt)
    if ('then' in opened) return void opened.then(lost, lost)
    // Ended by the very function that opened it.
    if (this.#attempt !== attempt) return opened.close()
    attempt.connection = opened
    // A browser's EventSource would come back by itself, with the token that it had.
    opened.addEventListener('error', lost)
    opened.addEventListener('close', lost)
  }

  #lost(attempt: Attempt, error?: AuthError): void {
    if (this.#attempt !== attempt) return
    const { page } = this.#parts
    this.#close()
    const wasSteady = page.monotonic() - attempt.startedAt >= STEADY_MS
    this.#failures = wasSteady ? 1 : this.#failures + 1
    const pause = backoff(this.#failures, page.random(), error?.retryAfter)
    this.#cancelPause = page.timer(() => {
      this.#cancelPause = undefined
      this.#look()
    }, pause)
  }

  #close(): void {
    const attempt = this.#attempt
    this.#attempt = undefined
    attempt?.stop.abort()
    attempt?.connection?.close()
  }

  /** The application's own: thrown where an application hears of it, and not tried again. */
  #mistake(error: unknown): void {
    this.end()
    this.#parts.page.timer(() => {
      throw error
    }, 0)
  }
}
