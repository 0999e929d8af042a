import { AuthError } from '../../errors.ts'
import type { VaultEnvironment } from '../environment.ts'
import type { BffSession } from './bff-session.ts'
import { requestBff, type BffAddress } from './request.ts'

/** Another tab's renewal takes no longer than one request to the backend. */
const LOCK_DEADLINE_MS = 20_000

export interface RenewalParts {
  env: Pick<VaultEnvironment, 'locks' | 'deadline'>
  address: BffAddress
  session: BffSession
  /** Names the lock. */
  name: string
}

/**
 * Where the session is in cookies, no two renewals may run at a time: each spends the refresh token that its cookie
 * brings. One tab of the browser does it, under a Web Lock, and no tab does what another has just done.
 */
export class Renewal {
  readonly #parts: RenewalParts
  #underWay: Promise<void> | undefined

  constructor(parts: RenewalParts) {
    this.#parts = parts
  }

  /** @throws AuthError */
  renew(): Promise<void> {
    this.#underWay ??= this.#underLock().finally(() => (this.#underWay = undefined))
    return this.#underWay
  }

  async #underLock(): Promise<void> {
    const { env, name, session } = this.#parts
    const { generation } = session
    const run = () => this.#renew(generation)
    if (!env.locks) return run()
    const signal = env.deadline(LOCK_DEADLINE_MS)
    try {
      await env.locks.request(`${name}.renewal`, { signal }, run)
    } catch (error) {
      if (error instanceof AuthError) throw error
      const message = 'No answer of another tab in time.'
      throw new AuthError('timeout', { message, cause: error })
    }
  }

  async #renew(generation: unknown): Promise<void> {
    const { session, address } = this.#parts
    await session.askAnew()
    session.live()
    // Another tab did it while this one waited; not where that was long ago.
    if (session.generation !== generation && !session.needsRenewal) return
    await session.takeFrom(requestBff(address, '/refresh', {}, session.name))
  }
}
