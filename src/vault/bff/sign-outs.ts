import type { LogoutRequestBody } from '../../bff-protocol.ts'
import type { AuthError } from '../../errors.ts'
import type { VaultEnvironment } from '../environment.ts'
import { ANY_SESSION } from './marks.ts'
import { requestBff, textOf, type BffAddress, type JsonObject } from './request.ts'
import type { SessionMemory } from './session-memory.ts'

/** A backend answers a sign-out within four seconds, whatever its provider and the revocation do. */
const ANSWER_DEADLINE_MS = 5000

export interface SignOutsParts {
  env: Pick<VaultEnvironment, 'locks' | 'deadline'>
  address: BffAddress
  memory: SessionMemory
  /** Begins the lock's name. */
  name: string
}

/**
 * Sign-outs on their way to the backend, the only one who can end the cookie. One that did not arrive is owed, also by the
 * pages that come after this one: they show no user of the session that it ends, whatever the cookie says. Each names its
 * session: whenever it arrives, it ends no other.
 */
export class SignOuts {
  readonly #parts: SignOutsParts
  #underWay: Promise<unknown> | undefined

  constructor(parts: SignOutsParts) {
    this.#parts = parts
  }

  /**
   * @param isPerson whether a user has just asked for it, and not a page before
   * @returns where to go to end the provider's session
   * @throws AuthError where it did not arrive: it is owed then
   */
  send(body: LogoutRequestBody, isPerson = true): Promise<string | undefined> {
    const sending = this.#send(body, isPerson)
    const underWay = sending.catch(() => {})
    this.#underWay = underWay
    // It is sent at once: nothing that another tab does puts it off.
    void this.#underLock(() => underWay)
    return sending
  }

  /**
   * Settles when none is under way in any tab, and one that was owed was tried again. The answer deletes the cookie of
   * whichever session there is as it arrives: a sign-in that began before would lose its own. A tab that was frozen keeps
   * nobody for long.
   * @throws AuthError where it did not arrive
   */
  async settled(): Promise<void> {
    await this.#underWay
    await this.#underLock(async () => {})
    // The provider's own session could only be ended by a navigation, which nobody asks for now.
    if (this.#parts.memory.owedSignOut) await this.send({ provider: false }, false)
  }

  async #send(body: LogoutRequestBody, isPerson: boolean): Promise<string | undefined> {
    const { memory, address } = this.#parts
    const owed = memory.owedSignOut
    const session = owed === ANY_SESSION ? null : owed
    const request = (named?: string | null): Promise<JsonObject> =>
      requestBff(address, '/logout', body, named).catch((error: AuthError) => {
        // The backend knows no session: there is nothing to end.
        if (error.code === 'session_expired') return {}
        // Of a request that names none it says nothing, and the next would be told the same.
        if (error.code !== 'user_mismatch' || !named) throw error
        // The session is over, and its cookie another's. Where that began before the user signed out, and this page had not
        // heard of it, it is meant as well; one that was begun or found since is not.
        return isPerson && memory.isSignedOut ? request() : {}
      })
    const { redirectTo } = await request(session)
    memory.signedOut(owed)
    return textOf(redirectTo)
  }

  /** Never fails: where there is no lock to be had, all goes on without. */
  async #underLock(run: () => Promise<unknown>): Promise<void> {
    const { env, name } = this.#parts
    const signal = env.deadline(ANSWER_DEADLINE_MS)
    try {
      await env.locks?.request(`${name}.sign-out`, { signal }, run)
    } catch {
      // Refused, or another tab had it for too long.
    }
  }
}
