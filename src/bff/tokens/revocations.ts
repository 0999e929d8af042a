import { AuthError } from '../../errors.ts'
import { revokeToken } from '../../oauth/revocation.ts'
import type { BffEnvironment } from '../environment.ts'
import type { Emit } from '../events.ts'
import type { Provider } from '../provider.ts'

/** Before the second and last try. RFC 7009 §2.2.1: after a 503 the token still lives. */
const RETRY_DELAY_MS = 5000

/** Refresh tokens that nobody needs any more are revoked, behind everything else (RFC 7009 §2.1). */
export class Revocations {
  readonly #env: Pick<BffEnvironment, 'timer'>
  readonly #provider: Provider
  readonly #emit: Emit
  readonly #pending = new Set<Promise<void>>()

  constructor(env: Pick<BffEnvironment, 'timer'>, provider: Provider, emit: Emit) {
    this.#env = env
    this.#provider = provider
    this.#emit = emit
  }

  /** @returns when the first try is over; it never rejects */
  revoke(refreshToken: string | undefined): Promise<void> {
    if (refreshToken === undefined) return Promise.resolve()
    const first = this.#try(refreshToken).catch(() => {
      this.#env.timer(() => {
        this.#try(refreshToken).catch((error: unknown) => this.#failed(error))
      }, RETRY_DELAY_MS)
    })
    this.#pending.add(first)
    void first.finally(() => this.#pending.delete(first))
    return first
  }

  /** What is to be revoked when a task is done, whoever waits for it. */
  await(task: Promise<unknown>): void {
    const done = task.then(
      () => {},
      () => {},
    )
    this.#pending.add(done)
    void done.finally(() => this.#pending.delete(done))
  }

  /** @returns when the first tries are over; it never rejects */
  async revokeAll(refreshTokens: readonly string[]): Promise<void> {
    await Promise.all(refreshTokens.map((one) => this.revoke(one)))
  }

  /** What is under way is over. */
  async drain(): Promise<void> {
    await Promise.all(this.#pending)
  }

  async #try(refreshToken: string): Promise<void> {
    await revokeToken(await this.#provider.party(), refreshToken)
  }

  #failed(error: unknown): void {
    const told = error instanceof AuthError ? { error: error.toJSON() } : {}
    this.#emit({ type: 'revocation-failed', ...told })
  }
}
