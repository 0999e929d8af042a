import { BFF_PATHS, type LogoutRequestBody } from '../../bff-protocol.ts'
import type { AuthError } from '../../errors.ts'
import { requestBff, textOf, type BffAddress, type JsonObject } from './request.ts'
import type { SessionMemory } from './session-memory.ts'

/**
 * Sign-outs on their way to the backend, the only one who can end the cookie. One that did not arrive is owed, also by the
 * pages that come after this one: they show nobody, whatever the cookie says.
 */
export class SignOuts {
  readonly #address: BffAddress
  readonly #memory: SessionMemory
  #underWay: Promise<unknown> | undefined

  constructor(address: BffAddress, memory: SessionMemory) {
    this.#address = address
    this.#memory = memory
  }

  /** @returns where to go to end the provider's session @throws AuthError where it did not arrive: it is owed then */
  async send(body: LogoutRequestBody): Promise<string | undefined> {
    const sending = this.#send(body)
    this.#underWay = sending.catch(() => {})
    return sending
  }

  /** Settles when none is under way, and those that were owed were tried again. */
  async settled(): Promise<void> {
    await this.#underWay
    // The provider's own session could only be ended by a navigation, which nobody asks for now.
    if (this.#memory.owesSignOut) await this.send({ provider: false }).catch(() => {})
  }

  async #send(body: LogoutRequestBody): Promise<string | undefined> {
    const { redirectTo } = await requestBff(this.#address, BFF_PATHS.logout, body).catch(
      (error: AuthError): JsonObject => {
        // The backend knows no session: there is nothing to end.
        if (error.code === 'session_expired') return {}
        throw error
      },
    )
    this.#memory.signedOut()
    return textOf(redirectTo)
  }
}
