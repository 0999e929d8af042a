import { BFF_PATHS, type LogoutRequestBody } from '../../bff-protocol.ts'
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
  #underWay: Promise<AuthError | undefined> | undefined

  constructor(address: BffAddress, memory: SessionMemory) {
    this.#address = address
    this.#memory = memory
  }

  /** @returns where to go to end the provider's session @throws AuthError where it did not arrive: it is owed then */
  async send(body: LogoutRequestBody): Promise<string | undefined> {
    const sending = this.#send(body, true)
    void this.#follow(sending)
    return sending
  }

  /**
   * Settles when none is under way, and one that was owed was tried again.
   * @returns why it did not arrive
   */
  async settled(): Promise<AuthError | undefined> {
    await this.#underWay
    if (this.#memory.owedSignOut === null) return undefined
    // The provider's own session could only be ended by a navigation, which nobody asks for now.
    return this.#follow(this.#send({ provider: false }, false))
  }

  #follow(sending: Promise<unknown>): Promise<AuthError | undefined> {
    this.#underWay = sending.then(
      () => undefined,
      (error: AuthError) => error,
    )
    return this.#underWay
  }

  /** @param isPerson whether a user has just asked for it, and not a page before */
  async #send(body: LogoutRequestBody, isPerson: boolean): Promise<string | undefined> {
    const memory = this.#memory
    const owed = memory.owedSignOut
    const session = owed === null || owed === ANY_SESSION ? undefined : owed
    const { redirectTo } = await this.#request(body, session, isPerson)
    memory.signedOut(owed)
    return textOf(redirectTo)
  }

  #request(
    body: LogoutRequestBody,
    session: string | undefined,
    isPerson: boolean,
  ): Promise<JsonObject> {
    return requestBff(this.#address, BFF_PATHS.logout, body, session).catch((error: AuthError) => {
      // The backend knows no session: there is nothing to end.
      if (error.code === 'session_expired') return {}
      if (error.code !== 'user_mismatch' || session === undefined) throw error
      // The session is over, and its cookie another's. Where that began before the user signed out, and this page had not
      // heard of it, it is meant as well; one that was begun or found since is not.
      return isPerson && this.#memory.isSignedOut ? this.#request(body, undefined, false) : {}
    })
  }
}
