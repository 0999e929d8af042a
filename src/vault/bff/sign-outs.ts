import type { LogoutRequestBody } from '../../bff-protocol.ts'
import type { AuthError } from '../../errors.ts'
import { ANY_SESSION } from './marks.ts'
import { requestBff, textOf, type BffAddress, type JsonObject } from './request.ts'
import type { SessionMemory } from './session-memory.ts'

/**
 * Sign-outs on their way to the backend, the only one who can end the cookie. One that did not arrive is owed, also by the
 * pages that come after this one: they show no user of the session that it ends, whatever the cookie says. Each names its
 * session: whenever it arrives, it ends no other.
 */
export class SignOuts {
  readonly #address: BffAddress
  readonly #memory: SessionMemory
  #underWay: Promise<unknown> | undefined

  constructor(address: BffAddress, memory: SessionMemory) {
    this.#address = address
    this.#memory = memory
  }

  /**
   * @param isPerson whether a user has just asked for it, and not a page before
   * @returns where to go to end the provider's session
   * @throws AuthError where it did not arrive: it is owed then
   */
  send(body: LogoutRequestBody, isPerson = true): Promise<string | undefined> {
    const sending = this.#send(body, isPerson)
    this.#underWay = sending.catch(() => {})
    return sending
  }

  /** Settles when none is under way, and one that was owed was tried again. @throws AuthError where it did not arrive */
  async settled(): Promise<void> {
    await this.#underWay
    // The provider's own session could only be ended by a navigation, which nobody asks for now.
    if (this.#memory.owedSignOut) await this.send({ provider: false }, false)
  }

  async #send(body: LogoutRequestBody, isPerson: boolean): Promise<string | undefined> {
    const memory = this.#memory
    const owed = memory.owedSignOut
    const session = owed === ANY_SESSION ? null : owed
    const request = (named?: string | null): Promise<JsonObject> =>
      requestBff(this.#address, '/logout', body, named).catch((error: AuthError) => {
        // The backend knows no session: there is nothing to end.
        if (error.code === 'session_expired') return {}
        if (error.code !== 'user_mismatch') throw error
        // The session is over, and its cookie another's. Where that began before the user signed out, and this page had not
        // heard of it, it is meant as well; one that was begun or found since is not.
        return isPerson && memory.isSignedOut ? request() : {}
      })
    const { redirectTo } = await request(session)
    memory.signedOut(owed)
    return textOf(redirectTo)
  }
}
