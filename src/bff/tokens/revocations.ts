import { AuthError } from '../../errors.ts'
import { revokeToken } from '../../oauth/revocation.ts'
import { Background } from '../background.ts'
import type { BffEnvironment } from '../environment.ts'
import type { Emit } from '../events.ts'
import type { Provider } from '../provider.ts'
import { pause } from './wait.ts'

/** Before the second and last try. RFC 7009 §2.2.1: after a 503 the token still lives. */
const RETRY_DELAY_MS = 5000

/** Refresh tokens that nobody needs any more are revoked, behind everything else (RFC 7009 §2.1). */
export class Revocations {
  readonly #env: Pick<BffEnvironment, 'timer'>
  readonly #provider: Provider
  readonly #emit: Emit
  readonly #firstTries = new Background()

  constructor(env: Pick<BffEnvironment, 'timer'>, provider: Provider, emit: Emit) {
    this.#env = env
    this.#provider = provider
    this.#emit = emit
  }

  /** @param background has both tries */
  revoke(refreshTokens: readonly (string | undefined)[], background: Background): void {
    const known = refreshTokens.filter((one) => one !== undefined)
    background.add(this.revoked(known, background))
  }

  /** The same for who waits. @returns when the first tries are over; it never rejects */
  async revoked(refreshTokens: readonly string[], background: Background): Promise<void> {
    await Promise.allSettled(refreshTokens.map((one) => this.#begin(one, background)))
  }

  /** The first tries are over. A server that closes waits for no second one. */
  drain(): Promise<void> {
    return this.#firstTries.settled()
  }

  #begin(refreshToken: string, background: Background): Promise<void> {
    const first = this.#try(refreshToken, background)
    this.#firstTries.add(first)
    background.add(first.catch(() => this.#tryAgain(refreshToken, background)))
    return first
  }

  /** What is to be revoked when a task is done, whoever waits for it: a server that closes does. */
  after(task: Promise<unknown>, background: Background): void {
    this.#firstTries.add(task)
    background.add(task)
  }

  async #try(refreshToken: string, background: Background): Promise<void> {
    await revokeToken(await this.#provider.party(background), refreshToken)
  }

  async #tryAgain(refreshToken: string, background: Background): Promise<void> {
    await pause(this.#env, RETRY_DELAY_MS)
    await this.#try(refreshToken, background).catch((error: unknown) => {
      const told = error instanceof AuthError ? { error: error.toJSON() } : {}
      this.#emit({ type: 'revocation-failed', ...told })
    })
  }
}
